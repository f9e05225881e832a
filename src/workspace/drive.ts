import { existsSync } from 'node:fs';
import { describeReplacement, rebuilt } from '../domain/guard.ts';
import type { Build } from '../domain/types.ts';
import { versionPaths, workspacePaths } from '../kit/paths.ts';
import { awaitStopScripts } from './agent-stop.ts';
import { wasApplied } from './applied.ts';
import { applyDirectly, planAndApply } from './apply.ts';
import { concludeLostDelete, concludeWithoutApply, finishCanceled, finishDead, finishFailed, type BuildEnd } from './conclude.ts';
import type { Guard, WorkspaceDeps } from './deps.ts';
import type { DriveOptions } from './drive-options.ts';
import { closeSession, openSession, runEngine, type Driving } from './engine-run.ts';
import { mendState, prepareWorkFolder } from './folder.ts';
import { letGoIfLeft } from './let-go.ts';
import { loadOperation } from './operation.ts';
import { needsQuota } from './quota.ts';
import { shortOfSpace } from './space.ts';

/**
 * Takes one live build to its end (SM section 2): prepare folder, plan, guard where there is one, apply, read the outcome back, commit. Every step is
 * recorded before it is made, so that another process can finish what a killed one left (workspace/repair). `lost` = another
 * process drives it. `detached` = the caller was interrupted during the apply, which goes on without it.
 */
export async function driveBuild(deps: WorkspaceDeps, build: Build, options: DriveOptions): Promise<BuildEnd> {
  // It may have been queued for this process, so that an error at the first step leaves it too.
  return letGoIfLeft(deps, build, async () => {
    const taken = await deps.store.takeBuild(build.id, build.driver, deps.me);
    return taken === undefined ? { state: 'lost' } : driveTaken(deps, taken, options);
  });
}

async function driveTaken(deps: WorkspaceDeps, build: Build, options: DriveOptions): Promise<BuildEnd> {
  // A person's build makes the pools yield, but never waits for them; a claim is too short for a slot.
  if (build.stage !== 'claim') await deps.store.takeSlot(build.id, deps.lanes);
  if (build.state === 'queued' && !(await deps.store.moveBuild(build.id, 'queued', 'planning'))) return { state: 'lost' };
  const driving = await startDriving(deps, build, options);
  let end: BuildEnd | undefined;
  try {
    driving.report('planning');
    end = (await refuseToStart(deps, driving)) ?? (await prepare(deps, driving, options)) ?? (await act(deps, driving, options));
    return end;
  } finally {
    // The providers of an apply that goes on alone must outlive this process; its run wrapper holds them.
    if (end?.state !== 'detached') closeSession(driving);
  }
}

async function act(deps: WorkspaceDeps, driving: Driving, given: DriveOptions): Promise<BuildEnd> {
  const options = isRename(driving) && given.mayRebuild !== true ? { ...given, guard: refuseRebuild } : given;
  if (options.signal?.aborted === true) return finishCanceled(deps, driving, 'interrupted', false);
  const looked = options.guard !== undefined || (await needsQuota(deps, driving.operation));
  return looked ? planAndApply(deps, driving, options) : applyDirectly(deps, driving, options);
}

const isRename = ({ operation: { build, workspace } }: Driving): boolean =>
  build.stage === 'none' && build.transition === 'start' && build.workspaceName !== workspace.name;

/** A rename is guarded as a claim is (SM W25), but what it would rebuild is in use by now. */
const refuseRebuild: Guard = (changes) => {
  const found = rebuilt(changes);
  return found.length === 0 ? { go: true } : { go: false, reason: found.map(describeReplacement).join('; ') };
};

/** Collects what every step shares; also used by the repairer for its own plans. */
export async function startDriving(deps: WorkspaceDeps, build: Build, options: DriveOptions): Promise<Driving> {
  const operation = await loadOperation(deps, build);
  const startedAt = deps.clock.monotonic();
  const varFile = versionPaths(operation.version.folder).variables;
  return {
    operation,
    paths: workspacePaths(deps.home, operation.workspace.id),
    env: deps.engine.environment(operation),
    varFile: existsSync(varFile) ? varFile : undefined,
    signal: options.signal,
    session: undefined,
    report: (step, resource, message) =>
      options.onProgress?.({
        buildId: build.id,
        workspace: operation.workspace.name,
        template: operation.template.name,
        transition: build.transition,
        stage: build.stage,
        step,
        resource,
        message,
        elapsedMs: deps.clock.monotonic() - startedAt,
      }),
  };
}

/** Without its engine, or without room. A destroy goes on without room: it may be what makes some. */
async function refuseToStart(deps: WorkspaceDeps, driving: Driving): Promise<BuildEnd | undefined> {
  const { build } = driving.operation;
  if (!deps.engine.isThere(deps.engine.engineOf(build))) {
    const message = `its engine ${build.enginePath} is gone: install it there again, or push the template again with the one you have`;
    return finishFailed(deps, driving, { errorClass: 'environment', message, address: undefined });
  }
  if (build.transition === 'delete') return undefined;
  const full = await shortOfSpace(deps.home);
  return full === undefined ? undefined : finishFailed(deps, driving, full);
}

/** Folder, state and session; ends the build at once when there is nothing to run or nothing to run on. */
async function prepare(deps: WorkspaceDeps, driving: Driving, options: DriveOptions): Promise<BuildEnd | undefined> {
  const { operation, paths } = driving;
  const { build, workspace, version } = operation;
  const startedAt = deps.clock.monotonic();
  await prepareWorkFolder(paths, version, (id) => deps.store.getVersion(id));
  const everApplied = async () =>
    build.number > 1 && (await wasApplied(deps.store, (run) => deps.engine.runner.touchedAnything(run), workspace.id));
  const mended = await mendState(paths, deps.engine.readState, everApplied);
  if (mended === 'restored') deps.logger.warn('state was unusable, restored from the newest copy', { workspace: workspace.name });
  if (build.transition === 'delete') {
    const state = deps.engine.readState(paths.state);
    const empty = state.kind === 'ok' ? state.resources.every((resource) => resource.mode !== 'managed') : !(await everApplied());
    if (empty) return concludeWithoutApply(deps, driving);
  }
  if (mended === 'lost' && build.transition === 'delete') return concludeLostDelete(deps, driving);
  if (mended === 'lost') {
    const error = 'the state file is unusable and there is no copy to restore it from';
    return finishFailed(deps, driving, { errorClass: 'environment', message: error, address: undefined });
  }
  await awaitStopScripts(deps, driving, options);
  await openSession(deps, driving, options.providerSession);
  options.onPhase?.('prepare', deps.clock.monotonic() - startedAt);
  return options.checkAlive === true ? checkAlive(deps, driving, options) : undefined;
}

/** One refresh-only plan: an object that is gone outside the engine means the prebuild is dead; any other drift is ignored. */
async function checkAlive(deps: WorkspaceDeps, driving: Driving, options: DriveOptions): Promise<BuildEnd | undefined> {
  const startedAt = deps.clock.monotonic();
  const { runId, result } = await runEngine(deps, driving, 'plan', () =>
    deps.engine.refreshOnlyArgs({ varFile: driving.varFile }),
  );
  await deps.store.consumeRun(runId, result.exitCode);
  options.onPhase?.('check', deps.clock.monotonic() - startedAt);
  const gone = result.events.find((event) => event.type === 'resource_drift' && event.change.action === 'delete');
  if (result.exitCode !== 0) return finishFailed(deps, driving, deps.engine.classify(result));
  return gone?.type === 'resource_drift' ? finishDead(deps, driving, `${gone.change.address} no longer exists`) : undefined;
}
