import type { Clock } from '../kit/clock.ts';
import { EngineError, InterruptedError, messageOf } from '../kit/errors.ts';
import type { Logger } from '../kit/logger.ts';
import { bootId } from '../kit/process.ts';
import type { EngineEvent, EngineRunner, RunResult, RunSpec } from './engine.ts';
import { kill, lives, type Survivor, survivorsOf } from './processes.ts';
import {
  diagnosticOfStderr,
  markOnce,
  outputIsCut,
  prepareRunFolder,
  readExit,
  readIdentity,
  readIntent,
  recordedDuration,
  runFiles,
} from './run-folder.ts';
import { openProviderSession } from './session.ts';
import { EventTail } from './stream.ts';
import { existsSync, readFileSync } from 'node:fs';
import { findFlock, LOCK_BUSY, startWrapper } from './wrapper.ts';

const POLL_MS = 20;
const DEFAULT_KILL_AFTER_MS = 180_000;
/** How long the wrapper may take to say `exit` after its engine was killed. */
const AFTER_KILL_MS = 5000;

export interface RunnerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The one way to run plan and apply; see EngineRunner for the contract. */
export function createEngineRunner(deps: RunnerDeps): EngineRunner {
  const flock = findFlock(process.env['PATH']);
  return {
    run: (spec) => runEngine(deps, spec, flock),
    isRunAlive,
    touchedAnything,
    adopt: (runId, folder, signal) => adoptRun(deps, runId, folder, signal),
    interrupt: (folder, waitMs) => interruptRun(deps, folder, waitMs),
    openSession: (input) => openProviderSession({ ...input, clock: deps.clock, logger: deps.logger }),
  };
}

/**
 * Starts a run and waits for its end. An abort before the start throws InterruptedError and leaves nothing; a later one sends the engine its
 * SIGINT and waits for the result. The end is seen through the child's own exit, so it costs no polling interval.
 */
async function runEngine(deps: RunnerDeps, spec: RunSpec, flock: string | undefined): Promise<RunResult> {
  if (spec.signal?.aborted === true) throw new InterruptedError(`interrupted before ${spec.engine.kind} was started`);
  const started = deps.clock.monotonic();
  await prepareRunFolder(spec, deps.clock.now());
  const child = await startWrapper(spec, flock);
  deps.logger.debug('engine started', { run: spec.runId, verb: spec.args[0], pid: child.pid });
  const gone = new AbortController();
  child.once('exit', () => {
    gone.abort();
  });
  let stopping: Promise<void> = Promise.resolve();
  const stop = () => {
    stopping = interruptRun(deps, spec.folder, spec.killAfterMs ?? DEFAULT_KILL_AFTER_MS).catch((error: unknown) => {
      deps.logger.error('engine could not be interrupted', { run: spec.runId, error: messageOf(error) });
    });
  };
  spec.signal?.addEventListener('abort', stop, { once: true });
  if (isAborted(spec.signal)) stop();
  try {
    const events = await follow(deps, { folder: spec.folder, gone: gone.signal, onEvent: spec.onEvent });
    await stopping;
    const durationMs = Math.round(deps.clock.monotonic() - started);
    const result = finish(deps, { runId: spec.runId, folder: spec.folder, events, durationMs });
    if (result.exitCode === undefined && child.exitCode === LOCK_BUSY && readIdentity(spec.folder, 'wrapper') === undefined) {
      throw new EngineError('run_busy', `run ${spec.runId} is already running: ${spec.folder}`);
    }
    return result;
  } finally {
    spec.signal?.removeEventListener('abort', stop);
  }
}

/** Waits for a run that somebody else started. An abort stops the waiting (InterruptedError); the run itself goes on. */
async function adoptRun(deps: RunnerDeps, runId: string, folder: string, signal: AbortSignal | undefined): Promise<RunResult> {
  const events = await follow(deps, { folder, stop: signal });
  return finish(deps, { runId, folder, events, durationMs: recordedDuration(folder) });
}

interface FollowInput {
  readonly folder: string;
  /** Aborts when our own child ended; absent for runs of others. */
  readonly gone?: AbortSignal | undefined;
  readonly stop?: AbortSignal | undefined;
  readonly onEvent?: ((event: EngineEvent) => void) | undefined;
}

/** Reads the stream until the run is over: `exit` is there, or nobody of it lives. */
async function follow(deps: RunnerDeps, input: FollowInput): Promise<readonly EngineEvent[]> {
  const tail = new EventTail(runFiles(input.folder).stdout);
  const events: EngineEvent[] = [];
  const take = (final: boolean) => {
    for (const event of tail.read(final)) {
      events.push(event);
      input.onEvent?.(event);
    }
  };
  try {
    for (;;) {
      const over = isOver(input);
      take(over);
      if (over) return events;
      if (isAborted(input.stop)) throw new InterruptedError('stopped waiting; the engine goes on');
      await deps.clock.sleep(POLL_MS, isAborted(input.gone) ? input.stop : (input.gone ?? input.stop));
    }
  } finally {
    tail.close();
  }
}

function isOver({ folder, gone }: FollowInput): boolean {
  if (readExit(folder) !== undefined) return true;
  // While our own child lives nobody has to be looked for.
  return gone?.aborted !== false && !isRunAlive(folder);
}

/** Whether a run is still going on. With `exit` it is over, whoever holds its lock; without, its processes are judged (engine.md 4). */
function isRunAlive(folder: string): boolean {
  if (readExit(folder) !== undefined) return false;
  const intent = readIntent(folder);
  if (intent?.bootId !== bootId()) return false;
  const known = [readIdentity(folder, 'wrapper'), readIdentity(folder, 'engine')];
  if (known.some((who) => who !== undefined && lives(who))) return true;
  // `exit` may have come while its writer was on its way out.
  return survivors(folder).length > 0 && readExit(folder) === undefined;
}

/** By the stream on disk (SM R3). */
function touchedAnything(folder: string): boolean {
  try {
    return readFileSync(runFiles(folder).stdout, 'utf8').includes('"type":"apply_start"') || outputIsCut(folder);
  } catch {
    return true;
  }
}

function survivors(folder: string): readonly Survivor[] {
  const intent = readIntent(folder);
  if (intent?.bootId !== bootId()) return [];
  return survivorsOf({ runId: intent.runId, folder, engine: intent.engine, session: readIdentity(folder, 'wrapper')?.session });
}

/**
 * One SIGINT to the engine, ever: the marker file is taken by whoever comes first, since a second SIGINT drops the state lock (engine-crash 2).
 * After `waitMs` the run is marked unclean and killed with everything of it but the wrapper, which still has to say `exit`.
 */
async function interruptRun({ clock, logger }: RunnerDeps, folder: string, waitMs: number): Promise<void> {
  if (!isRunAlive(folder)) return;
  const files = runFiles(folder);
  let mine = markOnce(files.interrupted);
  const until = clock.monotonic() + waitMs;
  while (isRunAlive(folder)) {
    const engine = readIdentity(folder, 'engine');
    if (mine && engine !== undefined) {
      mine = false;
      kill(engine, 'SIGINT');
    }
    if (clock.monotonic() >= until) {
      markOnce(files.unclean);
      logger.warn('engine did not stop and is killed', { folder, waitedMs: waitMs });
      await killRun(clock, folder);
      return;
    }
    await clock.sleep(POLL_MS);
  }
}

async function killRun(clock: Clock, folder: string): Promise<void> {
  const until = clock.monotonic() + AFTER_KILL_MS;
  while (isRunAlive(folder) && clock.monotonic() < until) {
    const engine = readIdentity(folder, 'engine');
    if (engine !== undefined) kill(engine, 'SIGKILL');
    killLeftovers(folder);
    await clock.sleep(POLL_MS);
  }
}

function killLeftovers(folder: string): void {
  for (const one of survivors(folder)) if (one.role !== 'wrapper') kill(one, 'SIGKILL');
}

/** Makes the record of a run that is over, and ends what an unclean one left running (engine-crash 10). */
function finish(
  { logger }: RunnerDeps,
  run: { readonly runId: string; readonly folder: string; readonly events: readonly EngineEvent[]; readonly durationMs: number },
): RunResult {
  const exitCode = readExit(run.folder);
  const interrupted = existsSync(runFiles(run.folder).interrupted);
  if (interrupted || exitCode === undefined || exitCode > 128) killLeftovers(run.folder);
  const diagnostics = run.events.flatMap((event) => (event.type === 'diagnostic' ? [event.diagnostic] : []));
  const hasError = diagnostics.some((one) => one.severity === 'error');
  const spoken = exitCode === 0 || exitCode === undefined || hasError ? undefined : diagnosticOfStderr(run.folder);
  logger.debug('engine ended', { run: run.runId, exitCode, durationMs: run.durationMs, interrupted });
  const cut = outputIsCut(run.folder);
  if (cut) logger.warn('the output of the engine is incomplete: was the disk full?', { run: run.runId, exitCode });
  return { ...run, exitCode, interrupted, cut, diagnostics: spoken === undefined ? diagnostics : [...diagnostics, spoken] };
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;
