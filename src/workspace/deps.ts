import type { Build, Driver, Person, PlannedChange, Template, Version, Workspace } from '../domain/types.ts';
import type { EngineInfo, EngineRunner, Failure, RunResult } from '../engine/engine.ts';
import type { Clock } from '../kit/clock.ts';
import type { Ids } from '../kit/ids.ts';
import type { Logger } from '../kit/logger.ts';
import type { Store } from '../store/store.ts';

/** Everything one engine operation is about, as read from the store. */
export interface Operation {
  readonly build: Build;
  readonly workspace: Workspace;
  readonly template: Template;
  readonly version: Version;
  /** Whom the environment names as owner: the claimant in a claim build. */
  readonly beneficiary: Person;
  /** Token of the running agent, put into every plan after the first apply (spec 6.2). */
  readonly runningToken: string | undefined;
}

/** What the workspace room needs of the engine; app/ wires it to the engine room. */
export interface EnginePort {
  readonly runner: EngineRunner;
  environment(operation: Operation): Record<string, string>;
  engineOf(build: Build): EngineInfo;
  planArgs(input: { refresh: boolean; destroy: boolean; out: string; varFile: string | undefined }): readonly string[];
  applyArgs(input: { plan: string }): readonly string[];
  refreshOnlyArgs(input: { varFile: string | undefined }): readonly string[];
  /** Which attributes force each replacement, by address; asks the engine (`show -json PLAN`). */
  replacePaths(input: {
    engine: EngineInfo;
    cwd: string;
    env: Readonly<Record<string, string>>;
    plan: string;
  }): Promise<ReadonlyMap<string, readonly string[]>>;
  readonly classify: (result: RunResult) => Failure;
  readonly readState: (path: string) => StateFacts;
}

/** What can be read from a state file without the engine; no values but the agent's token. */
export type StateFacts =
  | { readonly kind: 'missing' | 'empty' | 'torn' }
  | {
      readonly kind: 'ok';
      readonly serial: number;
      readonly lineage: string;
      readonly resources: readonly { address: string; type: string; mode: string; id: string | undefined }[];
      readonly agentToken: string | undefined;
      readonly outputs: Readonly<Record<string, unknown>>;
    };

export interface WorkspaceDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly home: string;
  readonly me: Driver;
  readonly engine: EnginePort;
}

/** Says whether a plan may be applied; called between plan and apply. */
export type Guard = (changes: readonly PlannedChange[]) => Promise<GuardVerdict> | GuardVerdict;
export type GuardVerdict = { readonly go: true } | { readonly go: false; readonly reason: string };
