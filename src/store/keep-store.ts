import type { Run } from '../domain/types.ts';

/** Rows that age: what `purge` removes. Order matters: claims refer to workspaces. */
export const AGING = ['claims', 'workspaces', 'events', 'notifications', 'samples'] as const;
export type Aging = (typeof AGING)[number];

/** An inactive version that nothing needs any more. */
export interface OldVersion {
  readonly id: string;
  readonly template: string;
  readonly number: number;
  readonly folder: string;
}

/** What keeps a store small, whole and copied (spec 7.1a, 7.3). Every removal is one short transaction of limited size. */
export interface KeepStore {
  /** The right to clean up, given to one caller per `everyMs` over all processes. */
  takeCleanUp(everyMs: number): Promise<boolean>;
  /**
   * Inactive versions beyond the newest `keep` of their template. None that a workspace which is not deleted was built from, is being
   * built from, or would be destroyed by (spec 7.1a).
   */
  oldVersions(keep: number): Promise<readonly OldVersion[]>;
  /** inactive -> gone, its variables forgotten; false when it is needed after all. */
  retireVersion(id: string, keep: number): Promise<boolean>;
  /** How many rows of the kind ended before the instant and are referred to by nothing that stays. */
  countOld(kind: Aging, before: number): Promise<number>;
  /** Removes at most `limit` of them, oldest first, with what belongs to them; the number removed. */
  purgeOld(kind: Aging, before: number, limit: number): Promise<number>;
  /** Workspaces that are not deleted and have more than `keep` builds, each with the number of the newest build beyond. */
  buildsBeyond(keep: number): Promise<readonly { workspaceId: string; upTo: number }[]>;
  /** Ids of versions and workspaces: those whose folders stay, and those that are over. */
  folderOwners(): Promise<
    Record<'versions' | 'workspaces', { readonly here: ReadonlySet<string>; readonly over: ReadonlySet<string> }>
  >;
  /** Runs that were not consumed although their build has ended. */
  forgottenRuns(): Promise<readonly Pick<Run, 'id' | 'folder' | 'workspaceId'>[]>;
  /** What `dropStaleHolds` would remove: quota holds without a live build for their owner. */
  staleHolds(): Promise<readonly { workspaceId: string; ownerId: string }[]>;
  /** What `integrity_check` and `foreign_key_check` say; empty when all is well. */
  integrityProblems(): Promise<readonly string[]>;
  /** Number of the schema, and the id of this store, made when first asked for. */
  identity(): Promise<{ readonly schema: number; readonly storeId: string }>;
  /** Signature of each workspace that is not deleted: it changes with its row and its builds; `busy` = a build or claim works on it. */
  workspaceMarks(): Promise<ReadonlyMap<string, { readonly mark: string; readonly busy: boolean }>>;
  /** Copies the whole store, as of one instant, into a new file, while others go on reading and writing. */
  copyTo(path: string): Promise<void>;
}
