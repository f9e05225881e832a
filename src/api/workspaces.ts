import type { AgentLife } from '../domain/agent.ts';
import type { Build, Claim, EventRow, ParameterValues, PlannedChange, Suspect, Workspace } from '../domain/types.ts';
import type { Claimant, ClaimTry } from '../store/store.ts';
import type { AgentLogsInput, AgentView, AppView, MetadataView } from './agents.ts';
import type { RunOptions } from './run-options.ts';

export interface ClaimInput extends RunOptions {
  readonly template: string;
  readonly preset?: string | undefined;
  readonly name?: string | undefined;
  readonly params: readonly string[];
  readonly owner?: string | undefined;
  /** Never take from the pool. */
  readonly noPool: boolean;
  /** Exit 5 instead of a cold build. */
  readonly noCold: boolean;
  readonly requestId?: string | undefined;
  /** Wait in line when nothing is eligible, at most `ms`. */
  readonly wait?: { readonly ms: number | undefined } | undefined;
  /** Wait without this process; the next reconcile serves the claim. */
  readonly detach: boolean;
  /** Life of the workspace; undefined = as configured. */
  readonly ttlMs?: number | undefined;
  readonly onStep?: ((step: string) => void) | undefined;
}

/** A claim in line for a pool (spec 6.6). */
export interface WaitingView {
  readonly claimId: string;
  readonly owner: string;
  readonly name: string;
  readonly template: string;
  readonly preset: string | undefined;
  /** Claims that are served before it. */
  readonly before: number;
  readonly since: number;
  readonly deadlineAt: number | undefined;
  readonly detached: boolean;
}

export interface ClaimAnswer {
  /** undefined = the claim waits in line without a process. */
  readonly workspace: Workspace | undefined;
  readonly waiting: WaitingView | undefined;
  readonly claim: Claim;
  readonly servedAs: 'warm' | 'waited' | 'cold' | undefined;
  readonly preset: string | undefined;
  /** Numbers of the version it was served from and of the active one; absent when it is the active one (spec 5.5, `rolling`). */
  readonly older?: { readonly version: number; readonly active: number } | undefined;
  /** Which preset and why, in words. */
  readonly presetReason: string;
  /** Why no prebuild was taken. */
  readonly missReason: string | undefined;
  /** Milliseconds per phase, in order. */
  readonly phases: Readonly<Record<string, number>>;
  readonly rebuilt: readonly PlannedChange[];
  readonly connect: string | undefined;
  readonly resources: readonly ResourceView[];
  /** Its agents, whose start scripts run again for the new owner (spec 8.1); the claim waits for them for a minute. */
  readonly agents: readonly ClaimedAgent[];
  readonly apps: readonly AppView[];
  readonly metadata: readonly MetadataView[];
  /** This answer belongs to an earlier request (same request id, or the same arguments while it ran). */
  readonly repeated: boolean;
}

export interface ClaimedAgent {
  readonly name: string;
  /** `created` = not heard of since the claim. */
  readonly status: AgentLife;
  /** How long its last scripts took together. */
  readonly seconds: number | undefined;
  /** The first script that did not exit 0. */
  readonly failed: { readonly script: string; readonly exit: number | 'timeout' } | undefined;
}

export interface ResourceView {
  readonly address: string;
  readonly type: string;
  readonly id: string | undefined;
}

export interface WorkspaceView {
  readonly workspace: Workspace;
  readonly organization: string;
  readonly template: string;
  readonly version: number;
  readonly preset: string | undefined;
  readonly liveBuild: Build | undefined;
  /** Whose a prebuild will be that is being claimed, and under which name. */
  readonly claimant?: Pick<Claimant, 'owner' | 'name'> | undefined;
}

export interface WorkspaceDetail extends WorkspaceView {
  readonly builds: readonly Build[];
  readonly resources: readonly ResourceView[];
  readonly agents: readonly AgentView[];
  readonly apps: readonly AppView[];
  readonly metadata: readonly MetadataView[];
  readonly suspects: readonly Suspect[];
  readonly connect: string | undefined;
}

export interface WorkspaceHistory {
  readonly builds: readonly Build[];
  readonly claims: readonly Claim[];
  /** Every prebuild that a claim tried, with what came of it (spec 6.5). */
  readonly tries: readonly ClaimTry[];
  readonly events: readonly EventRow[];
}

export interface Orphaned {
  readonly workspace: Workspace;
  /** Addresses of what its state had. */
  readonly left: readonly string[];
  /** Where its files are for a week, on the machine of the home. */
  readonly folder: string;
}

export interface WorkspaceApi {
  claim(input: ClaimInput): Promise<ClaimAnswer>;
  /** Claims that wait in line, oldest first. */
  waiting(): Promise<readonly WaitingView[]>;
  /** Takes a waiting claim out of the line; undefined when none of this name waits. */
  cancelWaiting(name: string): Promise<WaitingView | undefined>;
  /** Search words: `owner:`, `status:`, `template:`, `preset:`, `name:` and free text on the name (spec 3). */
  list(search?: string): Promise<readonly WorkspaceView[]>;
  show(name: string): Promise<WorkspaceDetail>;
  history(name: string): Promise<WorkspaceHistory>;
  /** Raw engine lines in words; follows until the build ends when `follow`. */
  logs(
    name: string,
    options: { build?: number | undefined; follow: boolean; onLine: (line: string) => void; signal?: AbortSignal | undefined },
  ): Promise<void>;
  /** What the scripts of its agents wrote. Returns why nothing was printed, if so. */
  agentLogs(name: string, input: AgentLogsInput): Promise<string | undefined>;
  /** `params`, each `name=value`, are refused when it runs already. */
  start(name: string, options: RunOptions & { params: readonly string[] }): Promise<Workspace>;
  stop(name: string, options: RunOptions): Promise<Workspace>;
  restart(name: string, options: RunOptions & { params: readonly string[] }): Promise<Workspace>;
  update(name: string, options: RunOptions & { params: readonly string[] }): Promise<Workspace>;
  /** Refused (`would_rebuild`) when something is rebuilt because of it, unless `force`. */
  rename(name: string, newName: string, options: RunOptions & { force: boolean }): Promise<Workspace>;
  /** Lets a claimed workspace end `ms` from now (spec 6.9). */
  extend(name: string, ms: number): Promise<Workspace>;
  delete(name: string, options: RunOptions & { force: boolean }): Promise<Workspace>;
  /** Deletes without the engine; what it has stays where it is (Coder's `delete --orphan`). */
  orphan(name: string, options: RunOptions): Promise<Orphaned>;
  /** Parks a prebuild, so that it is neither counted nor handed out, or makes it stock again. */
  hold(name: string, held: boolean, reason?: string): Promise<Workspace>;
  /** The template's configured connect command, ready to be run by a shell-less spawn. */
  connect(name: string): Promise<{ argv: readonly string[]; env: ParameterValues }>;
}
