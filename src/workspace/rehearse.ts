import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rebuilt } from '../domain/guard.ts';
import type { Build, Person, PlannedChange, Workspace } from '../domain/types.ts';
import type { RunResult } from '../engine/engine.ts';
import { InterruptedError, messageOf } from '../kit/errors.ts';
import { versionPaths, workspacePaths } from '../kit/paths.ts';
import type { RehearsalVerdict } from '../store/store.ts';
import { plannedChanges } from './changes.ts';
import type { WorkspaceDeps } from './deps.ts';
import { closeSession, openSession, type Driving, healthySession } from './engine-run.ts';
import { planFile } from './plan-runs.ts';
import { blotOut } from '../kit/blot.ts';
import { secretsOf } from './secrets.ts';

export interface RehearsalRun {
  readonly id: string;
  readonly folder: string;
}

export interface RehearsalEnd {
  readonly exitCode: number | undefined;
  /** undefined = interrupted: nothing is known. */
  readonly verdict: RehearsalVerdict | undefined;
}

/** Nothing is lost with a plan, so it gets little time between INT and KILL. */
const KILL_AFTER_MS = 1000;

/** Data sources whose reading runs a program or writes a file: planning for a made-up person would not be without effect. */
const WITH_EFFECTS = ['external', 'archive_file', 'shell_script'];

/** Whether a plan of the template disturbs nothing (spec 6.4); templates pushed before this was looked at are not rehearsed. */
export const mayRehearse = (facts: { readonly dataSources?: readonly string[] | undefined }): boolean =>
  facts.dataSources?.every((type) => !WITH_EFFECTS.includes(type)) === true;

/**
 * The plan of a claim by a made-up person (spec 6.4), for the parameters the prebuild was built with. It runs in the workspace's own
 * folder, because a template may use paths, on a scratch copy of the state, without lock and refresh; nothing is written but the run
 * folder. The caller has opened the run row and closes it.
 */
export async function rehearseClaim(
  deps: WorkspaceDeps,
  workspace: Workspace,
  run: RehearsalRun,
  options: { readonly signal: AbortSignal; readonly providerSession: boolean },
): Promise<RehearsalEnd> {
  const driving = await setUp(deps, workspace, options.signal);
  const { state, plan } = rehearsalFiles(run);
  try {
    await mkdir(run.folder, { recursive: true, mode: 0o700 });
    await copyFile(driving.paths.state, state);
    await openSession(deps, driving, options.providerSession);
    const result = await planOnCopy(deps, driving, run, { state, plan });
    return { exitCode: result.exitCode, verdict: await judge(deps, driving, result, plan) };
  } catch (error) {
    if (options.signal.aborted || error instanceof InterruptedError) return { exitCode: undefined, verdict: undefined };
    return { exitCode: undefined, verdict: { safety: 'unknown', reason: messageOf(error) } };
  } finally {
    closeSession(driving);
    await clearRehearsal(run);
  }
}

const rehearsalFiles = (run: Pick<RehearsalRun, 'folder'>) => ({
  state: join(run.folder, 'rehearsal.tfstate'),
  plan: planFile(run),
});

/** Removes what a rehearsal planned from and to: both files hold values. */
export async function clearRehearsal(run: Pick<RehearsalRun, 'folder'>): Promise<void> {
  const { state, plan } = rehearsalFiles(run);
  await Promise.all([state, plan].map((file) => rm(file, { force: true })));
}

async function setUp(deps: WorkspaceDeps, workspace: Workspace, signal: AbortSignal): Promise<Driving> {
  const { store, ids } = deps;
  const [template, version, builds] = await Promise.all([
    store.getTemplate(workspace.templateId),
    store.getVersion(workspace.versionId),
    store.listBuilds(workspace.id),
  ]);
  const [last] = [...builds].reverse();
  if (last === undefined) throw new Error(`${workspace.name} was never built`);
  const claimant: Person = {
    id: ids.uuid(),
    username: 'rehearsal',
    fullName: 'Rehearsal',
    email: 'rehearsal@prebuilds.invalid',
    isSystem: false,
  };
  const build: Build = {
    ...last,
    id: ids.uuid(),
    number: last.number + 1,
    transition: 'start',
    stage: 'claim',
    beneficiaryId: claimant.id,
    workspaceName: `rehearsal-${ids.base32(6)}`,
    parameters: workspace.parameters,
  };
  const paths = workspacePaths(deps.home, workspace.id);
  const state = deps.engine.readState(paths.state);
  const runningToken = state.kind === 'ok' ? state.agentToken : undefined;
  const operation = { build, workspace, template, version, beneficiary: claimant, groups: [], runningToken };
  const varFile = versionPaths(version.folder).variables;
  return {
    operation,
    paths,
    env: deps.engine.environment(operation),
    varFile: existsSync(varFile) ? varFile : undefined,
    signal,
    report: () => undefined,
    session: undefined,
  };
}

function planOnCopy(
  deps: WorkspaceDeps,
  driving: Driving,
  run: RehearsalRun,
  files: { readonly state: string; readonly plan: string },
): Promise<RunResult> {
  const session = healthySession(deps, driving);
  const { varFile } = driving;
  return deps.engine.runner.run({
    runId: run.id,
    folder: run.folder,
    cwd: driving.paths.work,
    engine: deps.engine.engineOf(driving.operation.build),
    args: deps.engine.planArgs({ refresh: false, destroy: false, out: files.plan, varFile, lock: false, state: files.state }),
    env: driving.env,
    session,
    signal: driving.signal,
    killAfterMs: KILL_AFTER_MS,
  });
}

async function judge(
  deps: WorkspaceDeps,
  driving: Driving,
  result: RunResult,
  plan: string,
): Promise<RehearsalVerdict | undefined> {
  if (driving.signal?.aborted === true || result.interrupted) return undefined;
  if (result.exitCode !== 0) {
    const secrets = await secretsOf(deps.store, driving.operation.version);
    return { safety: 'unknown', reason: blotOut(deps.engine.classify(result).message, secrets) };
  }
  const changes = rebuilt(plannedChanges(result.events));
  return changes.length === 0 ? { safety: 'safe' } : { safety: 'unsafe', changes: await withPaths(deps, driving, changes, plan) };
}

async function withPaths(
  deps: WorkspaceDeps,
  driving: Driving,
  changes: readonly PlannedChange[],
  plan: string,
): Promise<readonly PlannedChange[]> {
  const { build } = driving.operation;
  const input = { engine: deps.engine.engineOf(build), cwd: driving.paths.work, env: driving.env, plan };
  const paths = await deps.engine.replacePaths(input);
  return changes.map((change) => ({ ...change, paths: paths.get(change.address) }));
}
