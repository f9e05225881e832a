import type { Hindrance } from './hindrance.ts';
import type { StockItem } from './snapshot.ts';
import type { Workspace } from './types.ts';

/** What a pool does now; the executor carries it out, and the store checks each change again. */
export type Action =
  | {
      readonly kind: 'create';
      readonly count: number;
      readonly slotLimit: number;
      /** The one prebuild that tries whether builds work again (SM 4). */
      readonly probe: boolean;
      readonly reason: string;
    }
  | {
      readonly kind: 'delete';
      readonly workspaceId: string;
      readonly rowVersion: number;
      readonly reason: string;
      readonly why: DeleteWhy;
    }
  | { readonly kind: 'cancel'; readonly workspaceId: string; readonly rowVersion: number; readonly reason: string }
  /** Nothing is created until a known time. */
  | { readonly kind: 'backoff'; readonly code: Hindrance['code']; readonly untilAt: number; readonly reason: string }
  /** Nothing is created until something else changes; an open breaker lets one try through at `untilAt`. */
  | {
      readonly kind: 'limited';
      readonly code: Hindrance['code'];
      readonly reason: string;
      readonly untilAt?: number | undefined;
    };

export type DeleteWhy =
  | 'inactive'
  | 'stale'
  | 'invalidated'
  | 'drained'
  | 'expired'
  | 'replaced'
  | 'surplus'
  | 'stopped'
  | 'failed'
  | 'evidence'
  | 'retry';

export type Removal = Extract<Action, { kind: 'delete' | 'cancel' }>;

export const remove = ({ id, rowVersion }: Workspace, why: DeleteWhy, reason: string): Removal => ({
  kind: 'delete',
  workspaceId: id,
  rowVersion,
  why,
  reason,
});

export const cancel = ({ id, rowVersion }: Workspace, reason: string): Removal => ({
  kind: 'cancel',
  workspaceId: id,
  rowVersion,
  reason,
});

const compare = (a: string | number, b: string | number): number => Number(a > b) - Number(a < b);

/** Oldest first; the id decides where the age does not. */
export const byAge = (a: StockItem, b: StockItem): number =>
  compare(a.workspace.createdAt, b.workspace.createdAt) || compare(a.workspace.id, b.workspace.id);
