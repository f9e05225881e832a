import type { Action } from '../domain/decide.ts';
import type {
  Build,
  Claim,
  EventRow,
  Parameter,
  ParameterValues,
  PlannedChange,
  Preset,
  Suspect,
  Template,
  Version,
  Workspace,
} from '../domain/types.ts';
import type { BuildProgress } from '../workspace/progress.ts';

export type { BuildProgress } from '../workspace/progress.ts';

/** Everything a front end (the CLI) can ask of the tool. Implemented by app/; inputs are as typed by a person, results are plain data. */
export interface App {
  readonly home: string;
  readonly templates: TemplateApi;
  readonly pools: PoolApi;
  readonly workspaces: WorkspaceApi;
  readonly audit: AuditApi;
  /** Checks engine, providers, home, store, clock, leftovers; every finding with its remedy. */
  doctor(): Promise<readonly DoctorFinding[]>;
  /** A crontab line with absolute paths that runs reconcile every minute. */
  cronLine(): string;
  close(): Promise<void>;
}

export interface PushInput {
  readonly dir: string;
  readonly name?: string | undefined;
  readonly vars: readonly string[];
  readonly varFiles: readonly string[];
  readonly message?: string | undefined;
  readonly activate: boolean;
  /** Presets from the text alone, no engine plan. */
  readonly static: boolean;
  readonly onProgress?: ((step: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PushReport {
  readonly template: Template;
  readonly version: Version;
  /** Content equal to an existing version: nothing was stored. */
  readonly unchanged: boolean;
  readonly presets: readonly Preset[];
  readonly warnings: readonly string[];
  /** What the next reconcile will do, in words. */
  readonly next: string;
}

export interface PresetView {
  readonly template: string;
  readonly preset: Preset;
  readonly desired: number;
  readonly ready: number;
  /** undefined = the size never changes. */
  readonly nextChange: { readonly at: number; readonly instances: number } | undefined;
}

export interface TemplateApi {
  push(input: PushInput): Promise<PushReport>;
  list(): Promise<readonly { template: Template; active: Version | undefined; workspaces: number; prebuilds: number }[]>;
  versions(name: string): Promise<readonly Version[]>;
  show(
    name: string,
  ): Promise<{ template: Template; version: Version; parameters: readonly Parameter[]; presets: readonly Preset[] }>;
  /** Makes version `number` active; also rolls back. */
  promote(name: string, number: number): Promise<Version>;
  deprecate(name: string, deprecated: boolean): Promise<void>;
  /** Drains the pool first; refuses while people have workspaces of it. */
  delete(name: string, options: RunOptions): Promise<{ deletedPrebuilds: number }>;
  presets(name?: string): Promise<readonly PresetView[]>;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  readonly providerSession?: boolean | undefined;
}

export interface PoolStatus {
  readonly template: string;
  readonly preset: string;
  readonly desired: number;
  readonly running: number;
  readonly eligible: number;
  readonly building: number;
  readonly failed: number;
  readonly expired: number;
  readonly held: number;
  readonly deleting: number;
  readonly paused: boolean;
  readonly breaker: string;
  readonly failures: number;
  readonly nextTryAt: number | undefined;
  readonly lastError: string | undefined;
  readonly claims: number;
  readonly misses: number;
  /** 0..1; undefined when nothing was claimed. */
  readonly hitRate: number | undefined;
  readonly p50ClaimMs: number | undefined;
  readonly p95ClaimMs: number | undefined;
  readonly nextChange: { readonly at: number; readonly instances: number } | undefined;
}

export interface PlannedPool {
  readonly template: string;
  readonly preset: string;
  readonly actions: readonly Action[];
}

export interface ReconcileReport {
  readonly created: number;
  readonly deleted: number;
  readonly failed: number;
  readonly canceled: number;
  /** Repairs of what earlier processes left. */
  readonly repaired: number;
  readonly timedOut: boolean;
  readonly paused: boolean;
  readonly pools: readonly PoolStatus[];
}

export interface PoolApi {
  plan(pool?: string): Promise<readonly PlannedPool[]>;
  reconcile(options: RunOptions & { pool?: string | undefined; timeoutMs?: number | undefined }): Promise<ReconcileReport>;
  /** Reconciles until the signal aborts. */
  watch(
    options: RunOptions & { pool?: string | undefined; intervalMs: number; onPass: (report: ReconcileReport) => void },
  ): Promise<void>;
  status(pool?: string): Promise<readonly PoolStatus[]>;
  isPaused(): Promise<boolean>;
  setPaused(paused: boolean): Promise<void>;
  retry(pool: string): Promise<void>;
}

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
  readonly onStep?: ((step: string) => void) | undefined;
}

export interface ClaimAnswer {
  readonly workspace: Workspace;
  readonly claim: Claim;
  readonly servedAs: 'warm' | 'waited' | 'cold';
  readonly preset: string | undefined;
  /** Which preset and why, in words. */
  readonly presetReason: string;
  /** Why no prebuild was taken. */
  readonly missReason: string | undefined;
  /** Milliseconds per phase, in order. */
  readonly phases: Readonly<Record<string, number>>;
  readonly rebuilt: readonly PlannedChange[];
  readonly connect: string | undefined;
  readonly resources: readonly ResourceView[];
  /** This answer belongs to an earlier request (same request id, or the same arguments while it ran). */
  readonly repeated: boolean;
}

export interface ResourceView {
  readonly address: string;
  readonly type: string;
  readonly id: string | undefined;
}

export interface WorkspaceView {
  readonly workspace: Workspace;
  readonly template: string;
  readonly version: number;
  readonly preset: string | undefined;
  readonly liveBuild: Build | undefined;
}

export interface WorkspaceDetail extends WorkspaceView {
  readonly builds: readonly Build[];
  readonly resources: readonly ResourceView[];
  readonly suspects: readonly Suspect[];
  readonly connect: string | undefined;
}

export interface WorkspaceApi {
  claim(input: ClaimInput): Promise<ClaimAnswer>;
  /** Search words: `owner:`, `status:`, `template:`, `preset:`, `name:` and free text on the name (spec 3). */
  list(search?: string): Promise<readonly WorkspaceView[]>;
  show(name: string): Promise<WorkspaceDetail>;
  history(name: string): Promise<{ builds: readonly Build[]; claims: readonly Claim[]; events: readonly EventRow[] }>;
  /** Raw engine lines in words; follows until the build ends when `follow`. */
  logs(
    name: string,
    options: { build?: number | undefined; follow: boolean; onLine: (line: string) => void; signal?: AbortSignal | undefined },
  ): Promise<void>;
  start(name: string, options: RunOptions): Promise<Workspace>;
  stop(name: string, options: RunOptions): Promise<Workspace>;
  restart(name: string, options: RunOptions): Promise<Workspace>;
  update(name: string, options: RunOptions & { params: readonly string[] }): Promise<Workspace>;
  rename(name: string, newName: string, options: RunOptions): Promise<Workspace>;
  delete(name: string, options: RunOptions & { force: boolean }): Promise<Workspace>;
  /** The template's configured connect command, ready to be run by a shell-less spawn. */
  connect(name: string): Promise<{ argv: readonly string[]; env: ParameterValues }>;
}

export interface AuditApi {
  events(filter: {
    after?: number | undefined;
    sinceAt?: number | undefined;
    limit?: number | undefined;
  }): Promise<readonly EventRow[]>;
}

export interface DoctorFinding {
  readonly level: 'ok' | 'warning' | 'problem';
  readonly topic: string;
  readonly message: string;
  readonly remedy: string | undefined;
}
