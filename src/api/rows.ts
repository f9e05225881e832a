import type { Build, Workspace } from '../domain/types.ts';
import type { WorkspaceView } from './app.ts';

/** What a table of workspaces shows of each, without the rest of its document. */
export interface WorkspaceRow extends Pick<
  Workspace,
  'name' | 'phase' | 'createdAt' | 'claimSafety' | 'dailyCost' | 'heldAt' | 'expiresAt' | 'lastError'
> {
  readonly owner: string;
  readonly organization: string;
  readonly template: string;
  readonly version: number;
  readonly preset: string | undefined;
  readonly live: Pick<Build, 'transition' | 'stage' | 'state'> | undefined;
}

export const ROW_ORDERS = ['name', 'status', 'template', 'age', 'safety'] as const;
export type RowOrder = (typeof ROW_ORDERS)[number];

/** Longest part of a table that is asked for at once. */
export const MOST_ROWS = 1000;

export interface RowsInput {
  readonly search?: string | undefined;
  readonly order: RowOrder;
  readonly reverse: boolean;
  /** Rows from the first on. */
  readonly limit: number;
}

/** The first rows of a table, and how many there are in all. */
export interface WorkspaceRows {
  readonly total: number;
  readonly rows: readonly WorkspaceRow[];
}

/** Sorts and cuts: a page is sent what it can show, not ten thousand documents. */
export function rowsOf(views: readonly WorkspaceView[], { order, reverse, limit }: Omit<RowsInput, 'search'>): WorkspaceRows {
  const sign = reverse ? -1 : 1;
  const compare = COMPARE[order];
  const sorted = [...views].sort((a, b) => sign * compare(a, b) || byName(a, b));
  return { total: views.length, rows: sorted.slice(0, limit).map(rowOf) };
}

const words = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a: WorkspaceView, b: WorkspaceView): number =>
  words(a.workspace.ownerName, b.workspace.ownerName) || words(a.workspace.name, b.workspace.name);

const SAFETY = { unsafe: 0, unknown: 1, safe: 2 } as const;

const COMPARE: Readonly<Record<RowOrder, (a: WorkspaceView, b: WorkspaceView) => number>> = {
  name: byName,
  status: (a, b) => words(a.workspace.phase, b.workspace.phase),
  template: (a, b) => words(a.template, b.template) || words(a.preset ?? '', b.preset ?? '') || b.version - a.version,
  // Youngest first.
  age: (a, b) => b.workspace.createdAt - a.workspace.createdAt,
  safety: (a, b) => SAFETY[a.workspace.claimSafety] - SAFETY[b.workspace.claimSafety],
};

const rowOf = ({ workspace, organization, template, version, preset, liveBuild }: WorkspaceView): WorkspaceRow => ({
  owner: workspace.ownerName,
  name: workspace.name,
  phase: workspace.phase,
  createdAt: workspace.createdAt,
  claimSafety: workspace.claimSafety,
  dailyCost: workspace.dailyCost,
  heldAt: workspace.heldAt,
  expiresAt: workspace.expiresAt,
  lastError: workspace.lastError,
  organization,
  template,
  version,
  preset,
  live: liveBuild && { transition: liveBuild.transition, stage: liveBuild.stage, state: liveBuild.state },
});
