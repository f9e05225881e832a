import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DESIRED, textOf, type Home } from './home.ts';
import { machinesUnder } from './processes.ts';
import { allWorkspaces, countOf, isPrebuild, openSuspects, query, type WorkspaceFacts } from './rows.ts';

/** Phases of a row that explain why the real thing may be there or not. */
const UNCERTAIN = ['failed', 'quarantined', 'deleting'];
const RUNNING = ['ready'];

/** What must hold at rest, whatever was killed when. Returns each breach in words; looks at the real world, the disk and the store. */
export function breaches(home: Home): readonly string[] {
  const rows = allWorkspaces(home);
  return [
    ...ofMachines(home, rows),
    ...ofOwners(home, rows),
    ...ofFolders(home, rows),
    ...ofClaims(home),
    ...ofPool(rows),
    ...ofStore(home),
  ];
}

/** Every machine belongs to one workspace that is not deleted and is in its state; every state has its machine. */
function ofMachines(home: Home, rows: readonly WorkspaceFacts[]): readonly string[] {
  const found: string[] = [];
  const machines = machinesUnder(home.machines);
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const [id, pids] of machines) {
    const row = byId.get(id);
    if (pids.length !== 1) found.push(`workspace ${id} has ${pids.length} machines: ${pids.join(', ')}`);
    if (row === undefined) found.push(`machine ${pids.join(', ')} belongs to no workspace (${id})`);
    else if (row.phase === 'deleted') found.push(`deleted workspace ${row.owner}/${row.name} (${id}) still has a machine`);
    else if (row.phase === 'stopped') found.push(`stopped workspace ${row.owner}/${row.name} (${id}) still has a machine`);
  }
  for (const row of rows) {
    const state = machineInState(home, row.id);
    if (RUNNING.includes(row.phase) && !machines.has(row.id)) found.push(`${describe(row)} has no machine`);
    if (RUNNING.includes(row.phase) && state !== 'there') found.push(`${describe(row)}: its state says machine ${state}`);
    if (row.phase === 'stopped' && state === 'there') found.push(`${describe(row)}: its state still has the machine`);
    if (machines.has(row.id) && state !== 'there' && !UNCERTAIN.includes(row.phase))
      found.push(`${describe(row)} has a machine that its state does not know (${state})`);
  }
  return found;
}

const describe = (row: WorkspaceFacts): string => `${row.phase} workspace ${row.owner}/${row.name} (${row.id})`;

function machineInState(home: Home, id: string): 'there' | 'absent' | 'unreadable' {
  const text = textOf(join(home.path, 'workspaces', id, 'work', 'terraform.tfstate'));
  if (text === '') return 'absent';
  try {
    const { resources } = JSON.parse(text) as { resources: { type: string; name: string; instances: unknown[] }[] };
    return resources.some((one) => one.name === 'machine' && one.type === 'terraform_data' && one.instances.length === 1)
      ? 'there'
      : 'absent';
  } catch {
    return 'unreadable';
  }
}

/** The outside remembers whom each machine was given to: one person, who is the one of the row. */
function ofOwners(home: Home, rows: readonly WorkspaceFacts[]): readonly string[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return readdirSync(home.owners).flatMap((id) => {
    const given = [...new Set(textOf(join(home.owners, id)).trim().split('\n'))];
    const row = byId.get(id);
    if (given.length > 1) return [`workspace ${id} was given to ${given.join(' and ')}`];
    if (row === undefined) return [`workspace ${id} was given to ${given[0]}, and no row knows it`];
    const explained = row.owner === given[0] || (isPrebuild(row) && row.phase !== 'ready');
    return explained ? [] : [`${describe(row)} was given to ${given[0]}`];
  });
}

/** A folder belongs to a workspace that is not deleted; nothing at rest keeps a plan file, which holds secrets, or trash. */
function ofFolders(home: Home, rows: readonly WorkspaceFacts[]): readonly string[] {
  const root = join(home.path, 'workspaces');
  const alive = new Set(rows.filter((row) => row.phase !== 'deleted').map((row) => row.id));
  const folders = existsSync(root) ? readdirSync(root) : [];
  const trash = existsSync(join(home.path, 'trash')) ? readdirSync(join(home.path, 'trash')) : [];
  return [
    ...folders.filter((id) => !alive.has(id)).map((id) => `folder of no workspace: ${id}`),
    ...folders.flatMap((id) => plansIn(join(root, id, 'runs'))).map((path) => `plan file left: ${path}`),
    ...trash.map((id) => `trash left: ${id}`),
  ];
}

function plansIn(runs: string): readonly string[] {
  if (!existsSync(runs)) return [];
  return readdirSync(runs).flatMap((name) =>
    readdirSync(join(runs, name)).flatMap((file) => (file.endsWith('.tfplan') ? [join(name, file)] : [])),
  );
}

function ofClaims(home: Home): readonly string[] {
  const shared = query<{ workspace_id: string; n: number }>(
    home,
    `select workspace_id, count(*) as n from claim where state = 'served' group by workspace_id having n > 1 or workspace_id is null`,
  );
  const twice = query<{ workspace_id: string }>(
    home,
    `select workspace_id from event where kind = 'claim.served' group by workspace_id having count(*) > 1`,
  );
  const stranger = query<{ name: string }>(
    home,
    `select c.name from claim c join workspace w on w.id = c.workspace_id where c.state = 'served' and w.owner_id <> c.owner_id`,
  );
  return [
    ...shared.map((row) => `${row.n} served claims have workspace ${row.workspace_id}`),
    ...twice.map((row) => `workspace ${row.workspace_id} was served twice`),
    ...stranger.map((row) => `the workspace of served claim ${row.name} is somebody else's`),
  ];
}

function ofPool(rows: readonly WorkspaceFacts[]): readonly string[] {
  const stock = rows.filter((row) => isPrebuild(row) && row.phase !== 'deleted' && row.held === 0);
  const ready = stock.filter((row) => row.phase === 'ready' && row.active === 1);
  const odd = stock.filter((row) => !ready.includes(row) && row.phase !== 'deleting');
  return [
    ...(ready.length === DESIRED ? [] : [`${ready.length} prebuilds are ready, ${DESIRED} are wanted`]),
    ...odd.map((row) => `at rest there is a ${describe(row)}`),
    ...ready.flatMap((row) => (row.slot === null ? [`${describe(row)} has no slot`] : [])),
  ];
}

/** Counts that are zero at rest, and the database's own judgement. */
const ZERO: Readonly<Record<string, string>> = {
  'live builds': `select count(*) as n from build where ended_at is null`,
  'claims that have not ended': `select count(*) as n from claim where ended_at is null`,
  'runs not consumed': `select count(*) as n from run where consumed_at is null`,
  'workspaces without their name': `select count(*) as n from workspace w where deleted_at is null
     and not exists (select 1 from name_row r where r.workspace_id = w.id)`,
  'names of deleted workspaces or ended claims': `select count(*) as n from name_row r
     where exists (select 1 from workspace w where w.id = r.workspace_id and w.deleted_at is not null)
     or exists (select 1 from claim c where c.id = r.claim_id and c.ended_at is not null)`,
  'pools with an open breaker': `select count(*) as n from pool where breaker = 'open'`,
  'claims served warm without being counted': `select
     (select count(*) from claim where served_as in ('warm', 'waited')) -
     (select coalesce(sum(value), 0) from counter where name like '%claimed_total') as n`,
  'prebuilds made without being counted': `select (select count(*) from build where stage = 'create') -
     (select coalesce(sum(value), 0) from counter where name like '%created_total') as n`,
};

function ofStore(home: Home): readonly string[] {
  const counts = Object.entries(ZERO).flatMap(([what, sql]) => {
    const n = countOf(home, sql);
    return n === 0 ? [] : [`${n} ${what}`];
  });
  const integrity = query<{ integrity_check: string }>(home, 'pragma integrity_check').map((row) => row.integrity_check);
  const foreign = query(home, 'pragma foreign_key_check').length;
  return [
    ...counts,
    ...(integrity.join() === 'ok' ? [] : [`integrity_check: ${integrity.join('; ')}`]),
    ...(foreign === 0 ? [] : [`foreign_key_check: ${foreign} rows`]),
  ];
}

/** Suspects that nothing of this round explains: only a kill on the engine's side or a full disk makes one. */
export const unexplainedSuspects = (home: Home, engineSide: boolean): readonly string[] =>
  engineSide ? [] : openSuspects(home).map((one) => `suspect ${one.address} of ${one.workspaceId}, but no engine was hurt`);
