import type { Home } from './home.ts';

export interface WorkspaceFacts {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly phase: string;
  readonly slot: number | null;
  readonly active: number;
  readonly held: number;
}

/** Rows of one query, read from outside the tool. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names the columns of the query beside it
export function query<T>(home: Home, sql: string): readonly T[] {
  const db = home.database();
  try {
    return db.prepare(sql).all() as T[];
  } finally {
    db.close();
  }
}

/** Rows of the store as they are, deleted ones included. */
export const allWorkspaces = (home: Home): readonly WorkspaceFacts[] =>
  query(
    home,
    `select w.id, p.username as owner, w.name, w.phase, w.slot, v.state = 'active' as active, w.held_at is not null as held
     from workspace w join person p on p.id = w.owner_id join version v on v.id = w.version_id order by w.created_at, w.id`,
  );

export const isPrebuild = (row: WorkspaceFacts): boolean => row.owner === 'prebuilds';

export const ownedWorkspaces = (home: Home): readonly WorkspaceFacts[] =>
  allWorkspaces(home).filter((row) => !isPrebuild(row) && row.phase !== 'deleted');

export interface SuspectFacts {
  readonly workspaceId: string;
  readonly address: string;
}

export const openSuspects = (home: Home): readonly SuspectFacts[] =>
  query(home, `select workspace_id as workspaceId, address from suspect where state = 'open'`);

/** Number in the first column of the first row. */
export const countOf = (home: Home, sql: string): number => query<{ n: number }>(home, sql)[0]?.n ?? 0;
