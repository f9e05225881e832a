import type { EventRow } from '../domain/types.ts';
import type { Explanation } from '../domain/why.ts';
import type { BackupReport } from '../keep/backup.ts';
import type { Collected } from '../keep/collect.ts';
import type { Family } from '../metrics/family.ts';
import type { HookApi } from './hooks.ts';
import type { PeopleApi } from './people.ts';
import type { PoolApi } from './pools.ts';
import type { ServeInput } from './serve.ts';
import type { SweepApi } from './sweeps.ts';
import type { TemplateApi } from './templates.ts';
import type { TokenApi } from './tokens.ts';
import type { WorkspaceApi } from './workspaces.ts';

export type { BuildProgress } from '../workspace/progress.ts';
export type * from './hooks.ts';
export type * from './pools.ts';
export type * from './run-options.ts';
export type * from './sweeps.ts';
export type * from './templates.ts';
export type * from './workspaces.ts';

/** Everything a front end (the CLI) can ask of the tool. Implemented by app/; inputs are as typed by a person, results are plain data. */
export interface App {
  readonly home: string;
  readonly templates: TemplateApi;
  readonly pools: PoolApi;
  readonly workspaces: WorkspaceApi;
  readonly audit: AuditApi;
  readonly people: PeopleApi;
  readonly tokens: TokenApi;
  readonly hooks: HookApi;
  readonly sweeps: SweepApi;
  readonly keep: KeepApi;
  /** Checks engine, providers, home, store, clock, leftovers; every finding with its remedy. With `repair` what is safe is put right. */
  doctor(options?: { readonly repair: boolean }): Promise<readonly DoctorFinding[]>;
  /** Metrics of now, as Prometheus text and as data; `version` is that of the front end. */
  metrics(version: string): Promise<{ readonly text: string; readonly families: readonly Family[] }>;
  /** The constraint that binds the pools and workspaces of this name, and what to do; all pools without a name. */
  why(name?: string): Promise<readonly Answer[]>;
  /** Hosts agents, the HTTP front and the reconciler until the signal aborts (spec 8); everything is given back by then. */
  serve(input: ServeInput): Promise<void>;
  /** A crontab line with absolute paths that runs reconcile every minute. */
  cronLine(): string;
  close(): Promise<void>;
}

/** One answer of `why`. */
export interface Answer extends Explanation {
  /** `claim` = one that waits in line, by the name that its workspace gets. */
  readonly kind: 'pool' | 'workspace' | 'claim';
  readonly name: string;
}

export interface AuditApi {
  events(filter: {
    after?: number | undefined;
    sinceAt?: number | undefined;
    limit?: number | undefined;
  }): Promise<readonly EventRow[]>;
}

/** Keeping the home: copies of it, and the removal of what is over. */
export interface KeepApi {
  /** Into a file, or a folder for one named by the time; safe while in use. */
  backup(target: string, options: { readonly force: boolean }): Promise<BackupReport>;
  /** Removes what is over now, all of it; with `dryRun` only says what. */
  collect(options: { readonly dryRun: boolean }): Promise<Collected>;
}

export interface DoctorFinding {
  /** `repaired` = it was a finding until this call. */
  readonly level: 'ok' | 'warning' | 'problem' | 'repaired';
  readonly topic: string;
  readonly message: string;
  readonly remedy: string | undefined;
  /** `doctor --repair` puts it right. */
  readonly repairable?: boolean | undefined;
}
