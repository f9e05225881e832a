import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineEvent, ProviderSession, RunResult } from '../engine/engine.ts';
import { InterruptedError } from '../kit/errors.ts';
import { versionPaths, workspacePaths, type WorkspacePaths } from '../kit/paths.ts';
import type { OnProgress } from './progress.ts';
import type { Operation, WorkspaceDeps } from './deps.ts';

/** One operation in progress: what every step of a build shares. */
export interface Driving {
  readonly operation: Operation;
  readonly paths: WorkspacePaths;
  readonly env: Record<string, string>;
  readonly varFile: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly report: (step: Parameters<OnProgress>[0]['step'], resource?: string, message?: string) => void;
  session: ProviderSession | undefined;
}

/**
 * Starts one recorded engine process: run row first, then the process, then the row is consumed (SM R1, R2). InterruptedError when the caller was
 * interrupted before.
 */
export async function runEngine(
  deps: WorkspaceDeps,
  driving: Driving,
  kind: 'plan' | 'apply',
  args: (folder: string) => readonly string[],
  listen?: (event: EngineEvent) => void,
): Promise<{ runId: string; result: RunResult; folder: string }> {
  const { build } = driving.operation;
  const runId = deps.ids.uuid();
  const folder = join(driving.paths.runs, `${String(build.number)}-${kind}-${runId}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // From its row on a run is found by whoever takes the build over; who has left the build before starts nothing any more.
  if (driving.signal?.aborted === true) throw new InterruptedError('interrupted before the engine was started');
  await deps.store.addRun({
    id: runId,
    buildId: build.id,
    workspaceId: build.workspaceId,
    kind,
    folder,
    createdAt: deps.clock.now(),
  });
  const session = healthySession(deps, driving);
  const onEvent = (event: EngineEvent) => {
    listen?.(event);
    if (event.type === 'apply_start' || event.type === 'apply_progress') driving.report('applying', event.address);
  };
  const result = await deps.engine.runner.run({
    runId,
    folder,
    cwd: driving.paths.work,
    engine: deps.engine.engineOf(build),
    args: args(folder),
    env: driving.env,
    session,
    onEvent,
    // A plan touches nothing and may be interrupted; an apply is never: it outlives its caller (spec 7.1).
    signal: kind === 'plan' ? driving.signal : undefined,
    killAfterMs: kind === 'plan' ? 10_000 : undefined,
  });
  return { runId, result, folder };
}

/** Opens the provider session of an operation, or says in the log why it runs plain. */
export async function openSession(deps: WorkspaceDeps, driving: Driving, wanted: boolean): Promise<void> {
  const { version, workspace } = driving.operation;
  if (!wanted || version.facts.singleProviders.length === 0) return;
  const opened = await deps.engine.runner.openSession({
    dataDir: versionPaths(version.folder).data,
    cwd: driving.paths.work,
    env: driving.env,
    providers: version.facts.singleProviders,
    runRoot: workspacePaths(deps.home, workspace.id).runs,
  });
  if ('session' in opened) driving.session = opened.session;
  else deps.logger.warn('provider session not possible, running plain', { workspace: workspace.name, reason: opened.reason });
}

/** The session for the next run; one whose providers or keeper have ended is of no use, and the run starts its providers itself. */
export function healthySession(deps: WorkspaceDeps, driving: Driving): ProviderSession | undefined {
  if (driving.session?.healthy() === false) {
    deps.logger.warn('the provider session ended early, running plain', { workspace: driving.operation.workspace.name });
    closeSession(driving);
  }
  return driving.session;
}

export function closeSession(driving: Driving): void {
  driving.session?.close();
  driving.session = undefined;
}
