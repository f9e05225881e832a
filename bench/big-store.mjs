// A home with many workspaces, written by bulk SQL into a store that the tool itself has made: TEMPLATES x PRESETS pools, filled, and the
// rest of the workspaces claimed by people. Every workspace has its builds, runs, events and (when claimed) its claim.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { BIN, timeSync } from './support.mjs';

const SYSTEM = 'c42fdf75-3097-471c-8c33-fb52454d81c0';
const ORGANIZATION = '00000000-0000-4000-8000-000000000001';
const HOUR = 3_600_000;

/** Fills `home`; `stock` prebuilds in each pool, which wants `desired` of them; `settings` = more lines of its configuration. */
export function bigStore({
  home,
  engine,
  templates = 50,
  presets = 10,
  workspaces = 10_000,
  stock = 8,
  desired = stock,
  states = false,
  settings = 'agent_listen: off\n',
}) {
  mkdirSync(home, { mode: 0o700, recursive: true });
  writeFileSync(join(home, 'config.yaml'), `engine: ${engine}\nprovider_session: false\n${settings}`, { mode: 0o600 });
  timeSync(process.execPath, [BIN, 'status', '--home', home]);
  const db = new Database(join(home, 'prebuilds.db'));
  db.pragma('foreign_keys = ON');
  db.exec('begin');
  const now = Date.now();
  const add = adder(db);
  const people = Array.from({ length: 200 }, (_none, n) =>
    add('person', { id: id(), username: `person-${n}`, full_name: '', email: '', is_system: 0, created_at: now }),
  );
  const pools = Array.from({ length: templates }, (_none, n) =>
    addTemplate(add, { home, engine, n, presets, desired, now }),
  ).flat();
  let made = 0;
  for (const pool of pools) {
    for (let slot = 0; slot < stock; slot += 1, made += 1) addWorkspace(add, pool, { engine, home, now, slot, n: made, states });
  }
  for (; made < workspaces; made += 1) {
    addWorkspace(add, pools[made % pools.length], { engine, home, now, owner: people[made % people.length], n: made });
  }
  db.exec('commit');
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  return { pools: pools.length, workspaces: made };
}

const id = () => crypto.randomUUID();

/** Inserts a row given as an object; columns that are not named get null or their default. */
function adder(db) {
  const statements = new Map();
  return (table, row) => {
    const names = Object.keys(row);
    const key = `${table} ${names.join()}`;
    if (!statements.has(key)) {
      const marks = names.map(() => '?').join();
      statements.set(key, db.prepare(`insert into ${table} (${names.join()}) values (${marks})`));
    }
    statements.get(key).run(...Object.values(row));
    return row;
  };
}

function addTemplate(add, { home, engine, n, presets, desired, now }) {
  const template = add('template', { id: id(), organization_id: ORGANIZATION, name: `template-${n}`, created_at: now });
  const versionId = id();
  const version = add('version', {
    id: versionId,
    template_id: template.id,
    number: 1,
    state: 'active',
    fingerprint: `fingerprint-${n}`,
    content_hash: `content-${n}`,
    folder: join(home, 'versions', versionId),
    engine_path: engine,
    engine_kind: 'terraform',
    engine_version: '1.11.4',
    lock_hash: 'lock',
    message: '',
    pushed_by: 'person-0',
    pushed_at: now,
    facts: JSON.stringify({
      singleProviders: [],
      agents: [{ address: 'coder_agent.main', os: 'linux', arch: 'amd64', auth: 'token' }],
      notServed: [],
      loader: 1,
      accessUrl: 'http://127.0.0.1:7780',
      credentialNames: [],
      warnings: [],
    }),
  });
  mkdirSync(join(version.folder, 'source'), { recursive: true, mode: 0o700 });
  mkdirSync(join(version.folder, 'data'), { mode: 0o700 });
  return Array.from({ length: presets }, (_none, p) => {
    const preset = add('preset', {
      id: id(),
      version_id: version.id,
      name: `Preset ${p}`,
      position: p,
      is_default: p === 0 ? 1 : 0,
      parameters: parameters(p),
      instances: desired,
      has_prebuilds: 1,
      schedules: '[]',
      identity: `identity-${p}`,
    });
    add('pool', { template_id: template.id, preset_name: preset.name, breaker: 'closed', failures: 0 });
    return { template, version, preset };
  });
}

function addState(home, workspaceId) {
  const work = join(home, 'workspaces', workspaceId, 'work');
  mkdirSync(work, { recursive: true, mode: 0o700 });
  const resource = { mode: 'managed', type: 'terraform_data', name: 'machine', instances: [{ attributes: { id: workspaceId } }] };
  const state = { version: 4, serial: 3, lineage: workspaceId, outputs: {}, resources: [resource] };
  writeFileSync(join(work, 'terraform.tfstate'), JSON.stringify(state), { mode: 0o600 });
}

const parameters = (p) => JSON.stringify({ cpus: String(p), memory: '16', region: 'eu-west', image: 'ubuntu', disk: '50' });

function addWorkspace(add, { template, version, preset }, { engine, home, now, slot, owner, n, states = false }) {
  const workspace = add('workspace', {
    id: id(),
    template_id: template.id,
    version_id: version.id,
    preset_id: preset.id,
    owner_id: owner?.id ?? SYSTEM,
    name: owner === undefined ? `prebuild-${n}` : `work-${n}`,
    phase: 'ready',
    slot: slot ?? null,
    generation: owner === undefined ? 1 : 2,
    fingerprint: version.fingerprint,
    parameters: preset.parameters,
    created_at: now - HOUR,
    ready_at: now - HOUR,
    claimed_at: owner === undefined ? null : now - HOUR / 2,
    health_at: now,
    attempts: 0,
    row_version: 4,
  });
  add('name_row', { owner_id: workspace.owner_id, name_key: workspace.name, workspace_id: workspace.id });
  addBuild(add, { workspace, version, engine, home, number: 1, stage: 'create', now });
  if (states) addState(home, workspace.id);
  if (owner === undefined) return;
  addBuild(add, { workspace, version, engine, home, number: 2, stage: 'claim', now });
  add('claim', {
    id: id(),
    template_id: template.id,
    preset_id: preset.id,
    owner_id: owner.id,
    actor_id: owner.id,
    name: workspace.name,
    name_key: workspace.name,
    args_hash: 'args',
    state: 'served',
    workspace_id: workspace.id,
    served_as: 'warm',
    parameters: preset.parameters,
    phases: JSON.stringify({ resolve: 3, reserve: 10, plan: 120, apply: 90, commit: 5 }),
    rebuilt: '[]',
    created_at: now - HOUR / 2,
    ended_at: now - HOUR / 2 + 400,
  });
}

function addBuild(add, { workspace, version, engine, home, number, stage, now }) {
  const build = add('build', {
    id: id(),
    workspace_id: workspace.id,
    number,
    transition: 'start',
    stage,
    state: 'succeeded',
    reason: 'missing',
    beneficiary_id: workspace.owner_id,
    initiator_id: SYSTEM,
    workspace_name: workspace.name,
    version_id: version.id,
    engine_path: engine,
    engine_kind: 'terraform',
    engine_version: '1.11.4',
    lock_hash: 'lock',
    loader: 1,
    access_url: 'http://127.0.0.1:7780',
    parameters: workspace.parameters,
    recoveries: 0,
    attempts: 0,
    changes: '[]',
    created_at: now - HOUR,
    started_at: now - HOUR,
    applied_at: now - HOUR,
    ended_at: now - HOUR,
  });
  for (const kind of ['plan', 'apply']) {
    const run = { id: id(), build_id: build.id, workspace_id: workspace.id, kind, exit_code: 0, created_at: now - HOUR };
    const folder = join(home, 'workspaces', workspace.id, 'runs', `${number}-${kind}-${run.id}`);
    add('run', { ...run, folder, consumed_at: now - HOUR });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  for (const kind of ['prebuild.created', 'build.succeeded', 'prebuild.ready']) {
    const names = { template: 'template', preset: 'preset', workspace_id: workspace.id, workspace_name: workspace.name };
    add('event', { at: now - HOUR, kind, actor: 'prebuilds', ...names, build_id: build.id, reason: 'missing', data: '{}' });
  }
}
