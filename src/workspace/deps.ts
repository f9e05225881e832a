import type { JobLanes } from '../domain/lanes.ts';
import type { Build, Driver, Person, PlannedChange, Template, Version, Workspace } from '../domain/types.ts';
import type { EngineInfo, EngineRunner, Failure, RunResult } from '../engine/engine.ts';
import type { Clock } from '../kit/clock.ts';
import type { Ids } from '../kit/ids.ts';
import type { Logger } from '../kit/logger.ts';
import type { NewAgent, Store } from '../store/store.ts';

/** Everything one engine operation is about, as read from the store. */
export interface Operation {
  readonly build: Build;
  readonly workspace: Workspace;
  readonly template: Template;
  readonly version: Version;
  /** Whom the environment names as owner: the claimant in a claim build. */
  readonly beneficiary: Person;
  /** Groups of the beneficiary in the template's organisation, without Everyone. */
  readonly groups: readonly string[];
  /** Token of the running agent, put into every plan after the first apply (spec 6.2). */
  readonly runningToken: string | undefined;
}

/** What the workspace room needs of the engine; app/ wires it to the engine room. */
export interface EnginePort {
  readonly runner: EngineRunner;
  environment(operation: Operation): Record<string, string>;
  engineOf(build: Build): EngineInfo;
  /** Whether the engine is still where it was when the version was pushed. */
  isThere(engine: EngineInfo): boolean;
  planArgs(input: {
    refresh: boolean;
    destroy: boolean;
    out: string;
    varFile: string | undefined;
    lock?: boolean | undefined;
    state?: string | undefined;
  }): readonly string[];
  applyArgs(input: { plan: string }): readonly string[];
  directArgs(input: { refresh: boolean; destroy: boolean; varFile: string | undefined }): readonly string[];
  refreshOnlyArgs(input: { varFile: string | undefined }): readonly string[];
  /** Which attributes force each replacement, by address; asks the engine (`show -json PLAN`). */
  replacePaths(input: {
    engine: EngineInfo;
    cwd: string;
    env: Readonly<Record<string, string>>;
    plan: string;
  }): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Sum of `coder_metadata.daily_cost` after the plan; asks the engine (`show -json PLAN`). */
  plannedCost(input: { engine: EngineInfo; cwd: string; env: Readonly<Record<string, string>>; plan: string }): Promise<number>;
  readonly classify: (result: RunResult) => Failure;
  readonly readState: (path: string) => StateFacts;
  /** Agents of a state file; none when it is missing or torn. */
  readonly readAgents: (path: string) => readonly StateAgentFacts[];
}

/** An agent of a state file. */
export interface StateAgentFacts extends NewAgent {
  readonly hasStopScripts: boolean;
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
      /** Sum of `coder_metadata.daily_cost`. */
      readonly dailyCost: number;
    };

export interface WorkspaceDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly home: string;
  readonly me: Driver;
  readonly engine: EnginePort;
  /** Engine operations at once on this host, over all processes (spec 5.4). */
  readonly lanes: JobLanes;
  /** Whether agents are heard at all: by this process while it waits for them, or by another one (spec 5.8). */
  readonly mayHearAgents: boolean;
  /** Whether agents say when a workspace of this template and preset is ready, if it has some. */
  readonly judgedByAgents: (template: string, preset: string | undefined) => boolean;
  /** Hears agents, unless another process does, until the returned function is called. */
  readonly hostAgents: () => Promise<() => Promise<void>>;
}

/** Says whether a plan may be applied; called between plan and apply. A build with a guard needs a plan of its own. */
export type Guard = (changes: readonly PlannedChange[]) => Promise<GuardVerdict> | GuardVerdict;
export type GuardVerdict = { readonly go: true } | { readonly go: false; readonly reason: string };
