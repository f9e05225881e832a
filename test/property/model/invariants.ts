import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { isEligible } from '../../../src/domain/stock.ts';
import { readState } from '../../../src/engine/state.ts';
import { workspacePaths } from '../../../src/kit/paths.ts';
import { findStateCopy } from '../../../src/workspace/folder.ts';
import { POLICY, type Real } from './real.ts';

/** What people were given and have not begun to delete, by workspace id; and how many versions there are. */
export interface Model {
  readonly people: Map<string, { readonly owner: string; readonly name: string }>;
  versions: number;
}

interface Row {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly phase: string;
}

const rowsOf = (real: Real): readonly Row[] =>
  real.db
    .prepare('select w.id, p.username as owner, w.name, w.phase from workspace w join person p on p.id = w.owner_id')
    .all() as Row[];

const numberOf = (real: Real, sql: string): number => (real.db.prepare(sql).get() as { n: number }).n;

/** Never true, not even between two commands. */
const NEVER: Readonly<Record<string, string>> = {
  'two claims with one workspace': `select count(*) as n from (select workspace_id from claim where state = 'served'
     group by workspace_id having count(*) > 1)`,
  'a served claim without its workspace': `select count(*) as n from claim c where state = 'served' and not exists
     (select 1 from workspace w where w.id = c.workspace_id and w.owner_id = c.owner_id)`,
  'a workspace served twice': `select count(*) as n from (select workspace_id from event where kind = 'claim.served'
     group by workspace_id having count(*) > 1)`,
  'a warm claim that was not counted, or counted twice': `select abs(
     (select count(*) from claim where served_as in ('warm', 'waited')) -
     (select coalesce(sum(value), 0) from counter where name like '%claimed_total')) as n`,
  'a prebuild that was not counted, or counted twice': `select abs((select count(*) from build where stage = 'create') -
     (select coalesce(sum(value), 0) from counter where name like '%created_total')) as n`,
  'a workspace without its name': `select count(*) as n from workspace w where deleted_at is null
     and not exists (select 1 from name_row r where r.workspace_id = w.id)`,
  'a name of something that is gone': `select count(*) as n from name_row r
     where exists (select 1 from workspace w where w.id = r.workspace_id and w.deleted_at is not null)
     or exists (select 1 from claim c where c.id = r.claim_id and c.ended_at is not null)`,
  'a row that refers to nothing': `select count(*) as n from pragma_foreign_key_check`,
  'a claiming workspace whose claim is elsewhere': `select count(*) as n from workspace w where phase = 'claiming' and not exists
     (select 1 from claim c where c.id = w.claim_id and c.workspace_id = w.id and c.state in ('reserved', 'planned', 'applying'))`,
  'a busy phase without a live build': `select count(*) as n from workspace w
     where phase in ('queued', 'provisioning', 'stopping') and not exists
     (select 1 from build b where b.workspace_id = w.id and b.ended_at is null)`,
};

/** Holds after every command, whatever was killed in it. */
export async function checkAlways(real: Real, model: Model): Promise<void> {
  for (const [what, sql] of Object.entries(NEVER)) expect(`${numberOf(real, sql)} times ${what}`).toBe(`0 times ${what}`);
  const rows = new Map(rowsOf(real).map((row) => [row.id, row]));
  for (const [id, { owner, name }] of model.people) {
    expect(rows.get(id), `${owner}/${name} is still there`).toMatchObject({ owner, name });
    expect(rows.get(id)?.phase, `${owner}/${name} was not deleted`).not.toBe('deleted');
  }
  for (const [id, given] of real.world.given) {
    expect([...given], `owners of ${id} over time`).toHaveLength(1);
    const row = rows.get(id);
    const underWay = row?.phase === 'claiming' || (row?.owner === 'prebuilds' && row.phase !== 'ready');
    if (!underWay) expect(row?.owner).toBe([...given][0]);
  }
  await noLeaks(real, rows);
  expect(real.swallowed).toEqual([]);
  // A process that stays keeps what it read of workspaces. A step that a killed process had begun may end between two looks.
  const [seen, afresh] = [await real.seen(), await real.seenAfresh()];
  if (!isDeepStrictEqual(seen, afresh)) expect(await real.seen()).toEqual(afresh);
}

/** Everything real belongs to a row that is not deleted; what no state knows is a suspect, or still being judged by a live build. */
async function noLeaks(real: Real, rows: ReadonlyMap<string, Row>): Promise<void> {
  const live = idsOf(real, 'select workspace_id as id from build where ended_at is null');
  const listed = idsOf(real, `select workspace_id || ' ' || address as id from suspect where state = 'open'`);
  for (const [id, objects] of real.world.objects) {
    if (objects.size === 0) continue;
    const phase = rows.get(id)?.phase ?? 'no row';
    expect(phase, `${id} still has ${[...objects.keys()].join(', ')}`).not.toMatch(/^(deleted|no row)$/);
    if (live.has(id)) continue;
    const left = (await outsideState(real, id)).filter((address) => !listed.has(`${id} ${address}`));
    expect(left, `in no state and no suspects of ${phase} ${id}`).toEqual([]);
  }
}

const idsOf = (real: Real, sql: string): ReadonlySet<string> =>
  new Set((real.db.prepare(sql).all() as { id: string }[]).map(({ id }) => id));

/** Addresses of objects that the state does not know; where it cannot be read, its newest copy counts, which the next build restores. */
async function outsideState(real: Real, id: string): Promise<readonly string[]> {
  const known = await knownIds(real, id);
  return [...(real.world.objects.get(id) ?? [])].flatMap(([object, address]) => (known.has(object) ? [] : [address]));
}

/** Ids of the objects that the state of a workspace, or the newest copy of one that cannot be read, has. */
export async function knownIds({ home }: Real, id: string): Promise<ReadonlySet<string | undefined>> {
  const paths = workspacePaths(home, id);
  const now = readState(paths.state);
  const copy = now.kind === 'ok' ? undefined : await findStateCopy(paths, readState);
  const state = copy === undefined ? now : readState(copy);
  return new Set(state.kind === 'ok' ? state.resources.map((one) => one.id) : []);
}

/** Holds once everything was finished: the pool is full, nothing is under way, and each thing is in exactly the state that says so. */
export async function checkAtRest(real: Real): Promise<void> {
  const zero = (what: string, sql: string): void => {
    expect(`${numberOf(real, sql)} ${what}`).toBe(`0 ${what}`);
  };
  zero('live builds', 'select count(*) as n from build where ended_at is null');
  zero('open claims', 'select count(*) as n from claim where ended_at is null');
  zero('runs not consumed', 'select count(*) as n from run where consumed_at is null');
  const now = real.clock.now();
  const snapshots = await real.store.snapshot(() => POLICY);
  for (const snapshot of snapshots) {
    const eligible = snapshot.stock.filter((item) => isEligible(item, snapshot, now));
    const { breaker } = snapshot.pool;
    expect({ breaker, eligible: eligible.length }).toMatchObject({
      eligible: snapshot.preset?.instances ?? 0,
    });
  }
  for (const { id, phase } of rowsOf(real)) {
    const objects = [...(real.world.objects.get(id)?.values() ?? [])];
    const machines = objects.filter((address) => address.startsWith('terraform_data.machine'));
    if (phase === 'ready' && !real.world.lost.has(id)) expect(machines, `machines of ready ${id}`).toHaveLength(1);
    if (phase === 'stopped') expect(machines, `machines of stopped ${id}`).toEqual([]);
    if (phase === 'deleted') expect(objects, `objects of deleted ${id}`).toEqual([]);
  }
}
