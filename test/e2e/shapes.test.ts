import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PATHS, RouteId } from '../../src/api/paths.ts';
import { ROUTES } from '../../src/server/api/routes.ts';
import { asking, type Ask } from '../support/asking.ts';
import { exited, makeSandbox, until, type Sandbox } from '../support/cli.ts';
import { startServe, type Served } from '../support/serve.ts';
import { strict } from '../support/strict.ts';
import { failing, parameterised, plain } from '../support/templates.ts';

type Looks = { [Id in RouteId]: (typeof PATHS)[Id] extends `GET ${string}` ? Id : never }[RouteId];
type Inputs = Readonly<Record<string, unknown>>;

const MINE = { owner: 'anna', name: 'dev' };

/** Every route that only looks, with what it is asked for here. Those that answer in events alone are tested with the remote client. */
const ASKED: Readonly<Record<Exclude<Looks, 'workspaces.logs' | 'workspaces.agentLogs' | 'events.stream'>, readonly Inputs[]>> = {
  me: [{}],
  'templates.list': [{}],
  'templates.show': [{ name: 'knobs' }, { name: 'plain' }],
  'templates.versions': [{ name: 'knobs' }],
  'templates.presets': [{}, { template: 'knobs' }],
  'pools.status': [{}, { pool: 'plain' }],
  'pools.plan': [{}],
  'pools.paused': [{}],
  'pools.history': [{}, { hours: 2 }],
  'workspaces.rows': [{}, { search: 'owner:anna' }],
  'claims.waiting': [{}],
  'workspaces.list': [{}, { search: 'owner:anna' }],
  'workspaces.show': [MINE, { owner: 'anna', name: 'broken' }],
  'workspaces.history': [MINE, { owner: 'anna', name: 'broken' }],
  'workspaces.connect': [MINE],
  why: [{}, { name: 'bad' }, { name: 'anna/broken' }],
  'events.list': [{}],
  'groups.list': [{}],
  'groups.show': [{ name: 'team' }],
  'users.list': [{}],
  'users.show': [{ name: 'anna' }],
  quota: [{}],
  'organizations.list': [{}],
  'tokens.list': [{ all: true }],
  'hooks.list': [{}],
  'sweeps.last': [{}],
  'sweeps.suspects': [{}],
  doctor: [{}],
  metrics: [{}],
};

const CONFIG = `
rehearsal: false
failures: { limit: 1, keep: 1 }
hooks:
  on_claim: { webhook: 'http://127.0.0.1:1/', secret_env: HOOK_SECRET }
templates:
  plain: { claim_ttl: 10h, max_size: 5 }
  knobs:
    connect: [echo, hello]
    sweep: { command: [sh, -c, 'echo stray'] }
`;

/** What an answer looks like is said in three places: the types of the application, the shapes of the routes, and their document. */
describe('every answer fits its shape', () => {
  let box: Sandbox;
  let served: Served;
  let ask: Ask;
  const asked = async (id: RouteId, inputs: Inputs = {}): Promise<unknown> => {
    const { status, body, text } = await ask(id, inputs);
    expect([id, inputs, status, status === 200 ? '' : text]).toEqual([id, inputs, 200, '']);
    const read = strict(ROUTES[id].answer).safeParse(body);
    expect([id, inputs, read.error?.issues]).toEqual([id, inputs, undefined]);
    return body;
  };
  beforeAll(async () => {
    box = makeSandbox({ HOOK_SECRET: 'not telling' });
    box.config(CONFIG);
    await box.ok('template', 'push', box.template('knobs', parameterised(2)), '--message', 'first');
    await box.ok('template', 'push', box.template('plain', plain(0)));
    await box.ok('template', 'push', box.template('bad', failing(1)));
    served = await startServe(box);
    ask = asking(served.url, await box.ok('token', 'create', '--role', 'admin'));
    await until('stock, and a failure', async () => {
      const pools = (await ask('pools.status')).body as { template: string; eligible: number; failed: number; breaker: string }[];
      const full = pools.some(({ template, eligible }) => template === 'knobs' && eligible === 2);
      return full && pools.some(({ template, failed }) => template === 'bad' && failed > 0) ? true : undefined;
    });
  });
  afterAll(async () => {
    const over = exited(served.child);
    served.child.kill('SIGTERM');
    await over;
    await box.dispose();
  });

  it('of what changes something', async () => {
    await asked('groups.create', { name: 'team', quota: 50 });
    await asked('groups.members', { name: 'team', add: ['anna'] });
    await asked('groups.edit', { name: 'team', quota: 60 });
    await asked('users.create', { username: 'carl', fullName: 'Carl', email: 'carl@example.com' });
    await asked('organizations.create', { name: 'research' });
    await asked('tokens.create', { role: 'agent-read', name: 'old', lifeMs: 1 });
    await asked('tokens.create', { role: 'member', user: 'carl', name: 'gone' });
    await asked('tokens.revoke', { name: 'gone' });
    await asked('claims.create', { template: 'knobs', name: 'dev', params: ['mood=wild'], requestId: 'one', ttlMs: 3_600_000 });
    expect((await ask('claims.create', { template: 'bad', name: 'broken', noPool: true })).status).toBe(502);
    await asked('pools.pause', { paused: true });
    await asked('claims.create', { template: 'plain', name: 'line', detach: true, wait: { ms: 3_600_000 } });
    const [prebuild] = (await asked('workspaces.list', { search: 'owner:prebuilds status:ready' })) as {
      workspace: { name: string };
    }[];
    await asked('workspaces.hold', {
      owner: 'prebuilds',
      name: prebuild?.workspace.name ?? '',
      held: true,
      reason: 'to look at',
    });
    await asked('workspaces.extend', { ...MINE, ms: 7_200_000 });
    await asked('workspaces.stop', MINE);
    await asked('sweeps.run', { dryRun: false });
    await asked('hooks.deliver', { retry: true });
    await asked('hooks.test', { hook: 'on_claim' });
    await asked('pools.invalidate', { target: 'knobs', rolling: true });
    await asked('pools.prune', { dryRun: true });
    await asked('pools.reconcile', { pool: 'plain', timeoutMs: 20_000 });
    await asked('gc', { dryRun: true });
    await asked('templates.promote', { name: 'knobs', number: 1 });
    const main = { path: 'main.tf', data: Buffer.from(plain(0, 'sent')).toString('base64'), executable: false };
    await asked('templates.push', { name: 'sent', files: [main], activate: true });
  });

  it.each(Object.entries(ASKED))('of %s', async (id, all) => {
    for (const inputs of all) await asked(id as RouteId, inputs);
  });

  it('and says something: lists are not empty', async () => {
    const LISTS = [
      'claims.waiting',
      'events.list',
      'hooks.list',
      'sweeps.last',
      'tokens.list',
      'groups.list',
      'pools.plan',
    ] as const;
    for (const id of LISTS) expect([id, (await asked(id, ASKED[id][0])) as unknown[]]).not.toEqual([id, []]);
  });

  it('of the end of things', async () => {
    await asked('claims.cancel', { owner: 'anna', name: 'line' });
    await asked('workspaces.start', MINE);
    await asked('workspaces.rename', { ...MINE, newName: 'work' });
    await asked('workspaces.update', { owner: 'anna', name: 'work' });
    await asked('workspaces.delete', { owner: 'anna', name: 'work' });
    await asked('workspaces.history', MINE);
    await asked('groups.delete', { name: 'team' });
    await asked('templates.delete', { name: 'sent' });
    await asked('doctor.repair');
  });
});
