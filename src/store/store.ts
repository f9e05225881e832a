import type { HookName, Notification } from '../domain/hooks.ts';
import type { SweepResult } from '../domain/sweep.ts';
import type { Measurements } from '../domain/measurements.ts';
import type { EventRow, Person } from '../domain/types.ts';
import type { Actor } from './actor.ts';
import type { AgentStore } from './agent-store.ts';
import type { BuildStore } from './build-store.ts';
import type { CatalogStore } from './catalog-store.ts';
import type { ClaimStore } from './claim-store.ts';
import type { KeepStore } from './keep-store.ts';
import type { PoolStore } from './pool-store.ts';
import type { GroupStore, QuotaStore } from './quota-store.ts';
import type { TokenStore } from './token-store.ts';
import type { WorkspaceStore } from './workspace-store.ts';

export type { Actor } from './actor.ts';
export type { AgentStore, AgentWorld, NewAgent } from './agent-store.ts';
export type { BuildStore } from './build-store.ts';
export type { CatalogStore, NewVersion } from './catalog-store.ts';
export type { Claimant, ClaimFailure, ClaimPatch, ClaimStore, ClaimTime, ClaimTry } from './claim-store.ts';
export { AGING, type Aging, type KeepStore } from './keep-store.ts';
export type { NamedSample, PoolKey, PoolStore, SizedPool } from './pool-store.ts';
export type {
  NewBuild,
  RehearsalVerdict,
  WorkspaceCount,
  WorkspaceFilter,
  NamedWorkspace,
  WorkspaceStore,
} from './workspace-store.ts';

/**
 * What the tool remembers, atomically. Every method is one short write transaction (or one read); every change is a
 * compare-and-set on state and row version, and its event is written in the same transaction. A lost race is a normal outcome and
 * is returned (`undefined` or `false`), never thrown. Rules: SM sections 1 to 5; the W numbers name rows of SM section 1.
 */
export interface Store
  extends
    PeopleStore,
    GroupStore,
    QuotaStore,
    CatalogStore,
    PoolStore,
    WorkspaceStore,
    BuildStore,
    ClaimStore,
    AgentStore,
    TokenStore,
    AuditStore,
    HookStore,
    SweepStore,
    KeepStore {
  close(): Promise<void>;
}

export interface PeopleStore {
  /** Finds or makes the person (username compared without case); full name and email are refreshed when given. */
  ensurePerson(input: { username: string; fullName?: string | undefined; email?: string | undefined }): Promise<Person>;
  findPerson(username: string): Promise<Person | undefined>;
  getPerson(id: string): Promise<Person>;
  /** The system user too; by username. */
  listPeople(): Promise<readonly Person[]>;
}

export interface AuditStore {
  /** Histograms, and what is counted on demand, at one instant. */
  measurements(): Promise<Measurements>;
  /** A pass of the reconciler looked at the pools once; the time of that look without the builds it began. */
  recordLook(durationMs: number): Promise<void>;
  /** Oldest first; `after` is a seq. */
  listEvents(filter?: { after?: number; sinceAt?: number; workspaceId?: string; limit?: number }): Promise<readonly EventRow[]>;
  /**
   * A text that is another one after anything happened that a pass might act on: an event, or a claim that entered or left the line. Cheap: two
   * looks at an index.
   */
  changeMark(): Promise<string>;
  recordEvent(event: {
    kind: string;
    actor?: Actor | undefined;
    template?: string | undefined;
    preset?: string | undefined;
    workspaceId?: string | undefined;
    reason: string;
    data?: Readonly<Record<string, unknown>> | undefined;
  }): Promise<void>;
}

/** The outbox of spec 7.4. Rows are made with their events by the store itself; these deliver them, at least once. */
export interface HookStore {
  /**
   * The due notification that waited longest and is not for a receiver in `except`, with one more attempt counted. It is due again after
   * `leaseMs` unless it was settled.
   */
  takeNotification(leaseMs: number, except: readonly { hook: HookName; target: number }[]): Promise<Notification | undefined>;
  /** The end of a try; giving up writes the event `hook.failed`. false = the lease was over and somebody else took it. */
  settleNotification(
    taken: Notification,
    outcome:
      | { readonly state: 'delivered' }
      | { readonly state: 'retry'; readonly error: string; readonly at: number }
      | { readonly state: 'given_up'; readonly error: string; readonly receiver: string },
  ): Promise<boolean>;
  /** Those that wait or were given up in the last days, oldest first. */
  listNotifications(): Promise<readonly Notification[]>;
  /** Makes everything due that failed before, even what was given up; says how many. */
  retryNotifications(): Promise<number>;
}

export interface SweepStore {
  listSweeps(): Promise<readonly SweepResult[]>;
  saveSweep(result: SweepResult): Promise<void>;
}
