import type { Writable } from 'node:stream';
import type { EngineKind, ErrorClass, PlannedChange } from '../domain/types.ts';

/** A terraform or tofu binary that was found and asked for its version. */
export interface EngineInfo {
  readonly kind: EngineKind;
  /** Absolute path. */
  readonly path: string;
  readonly version: string;
}

/** One diagnostic of the JSON stream, without source snippets. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly summary: string;
  readonly detail: string;
  readonly address: string | undefined;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
}

/** The engine's `-json` lines as typed events; lines of no interest are dropped. */
export type EngineEvent =
  | { readonly type: 'planned_change'; readonly change: PlannedChange }
  | { readonly type: 'resource_drift'; readonly change: PlannedChange }
  | {
      readonly type: 'apply_start' | 'apply_complete' | 'apply_errored';
      readonly address: string;
      readonly resourceType: string;
      readonly action: string;
      readonly elapsedSeconds?: number | undefined;
      /** Of the object that was made, when an `apply_complete` names it. */
      readonly id?: string | undefined;
    }
  | { readonly type: 'apply_progress'; readonly address: string; readonly elapsedSeconds: number }
  | { readonly type: 'diagnostic'; readonly diagnostic: Diagnostic }
  | {
      readonly type: 'change_summary';
      readonly add: number;
      readonly change: number;
      readonly remove: number;
      readonly operation: string;
    }
  | { readonly type: 'outputs' }
  | { readonly type: 'log'; readonly message: string };

/** What one engine process did; the same record for success and failure, read back from the run folder (SM R2). */
export interface RunResult {
  readonly runId: string;
  readonly folder: string;
  /** undefined = no `exit` file: the wrapper died (SM "supervisor gone without exit"). */
  readonly exitCode: number | undefined;
  readonly events: readonly EngineEvent[];
  readonly diagnostics: readonly Diagnostic[];
  readonly durationMs: number;
  /** We sent it a SIGINT. */
  readonly interrupted: boolean;
  /** Events may be missing, because the disk was full: what the run did not say may have happened. */
  readonly cut?: boolean | undefined;
}

export interface RunSpec {
  readonly runId: string;
  /** Made by the caller's run; holds intent.json, stdout, stderr, exit, lock, wrapper.json. */
  readonly folder: string;
  /** Working directory: the workspace's copy of the template. */
  readonly cwd: string;
  readonly engine: EngineInfo;
  /** Arguments after the binary, e.g. ['plan', '-json', ...]. Nothing secret. */
  readonly args: readonly string[];
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Keeps providers of a session alive while this run lives (engine.md 4). */
  readonly session?: ProviderSession | undefined;
  readonly onEvent?: ((event: EngineEvent) => void) | undefined;
  /** Aborting sends one SIGINT to the engine, then waits; SIGKILL after `killAfterMs`. */
  readonly signal?: AbortSignal | undefined;
  readonly killAfterMs?: number | undefined;
}

/** Provider processes that serve all commands of one operation (provider-sessions). */
export interface ProviderSession {
  /** Value of TF_REATTACH_PROVIDERS. */
  readonly reattach: string;
  /** Whose open copies keep the providers alive; handed to each run wrapper as descriptor 3. Nobody writes to it. */
  readonly hold: Writable;
  /** False once a provider ended unexpectedly. */
  readonly healthy: () => boolean;
  close(): void;
}

export interface EngineRunner {
  /** Starts the process by the run-folder rules and waits for its end. */
  run(spec: RunSpec): Promise<RunResult>;
  /** Whether a process of this run still holds its lock (daemons that the template started do not count). */
  isRunAlive(folder: string): boolean;
  /** Whether an apply run has begun to change something, by its stream; true also when the stream is gone. */
  touchedAnything(folder: string): boolean;
  /** Waits until the run has an `exit` file or nobody of it is alive, then reads it. Never starts anything. */
  adopt(runId: string, folder: string, signal?: AbortSignal): Promise<RunResult>;
  /** One SIGINT to the engine of a run that another process started; waits up to `waitMs`, then SIGKILL of engine and providers. */
  interrupt(folder: string, waitMs: number): Promise<void>;
  /** Starts sessions for the given provider addresses; undefined (with a reason) when that is not possible. */
  openSession(input: {
    readonly dataDir: string;
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly providers: readonly string[];
    readonly runRoot: string;
  }): Promise<{ session: ProviderSession } | { reason: string }>;
}

/** Classed failure of a run: one line for people. */
export interface Failure {
  readonly errorClass: ErrorClass | 'cancelled' | 'busy' | 'stale_plan';
  /** Address and summary of the decisive diagnostic, without its detail: equal for the same error of another workspace. */
  readonly fingerprint?: string | undefined;
  readonly message: string;
  readonly address: string | undefined;
}
