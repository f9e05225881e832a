import { afterEach, describe, expect, it } from 'vitest';
import { API_ROOT, PATHS, placeOf, type RouteId } from '../../../../src/api/paths.ts';
import { UserError } from '../../../../src/kit/errors.ts';
import { openWorld, tokenOf, type World } from './world.ts';

let opened: World | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

type Verdict = 'yes' | 'no';
const WORKSPACE = { owner: 'ann', name: 'x' };

/** Inputs that are good for each route, and who may ask it with them: a member (ann), a reader. */
const RULES: Readonly<Record<RouteId, readonly [inputs: Record<string, unknown>, member: Verdict, reader: Verdict]>> = {
  me: [{}, 'yes', 'yes'],
  'templates.list': [{}, 'yes', 'no'],
  'templates.push': [{ name: 't', files: [{ path: 'main.tf', data: '' }] }, 'no', 'no'],
  'templates.show': [{ name: 't' }, 'yes', 'no'],
  'templates.versions': [{ name: 't' }, 'yes', 'no'],
  'templates.promote': [{ name: 't', number: 1 }, 'no', 'no'],
  'templates.deprecate': [{ name: 't', deprecated: true }, 'no', 'no'],
  'templates.delete': [{ name: 't' }, 'no', 'no'],
  'templates.presets': [{}, 'yes', 'yes'],
  'pools.status': [{}, 'yes', 'yes'],
  'pools.plan': [{}, 'yes', 'no'],
  'pools.history': [{}, 'yes', 'yes'],
  'pools.reconcile': [{}, 'no', 'no'],
  'pools.paused': [{}, 'yes', 'yes'],
  'pools.pause': [{ paused: true }, 'no', 'no'],
  'pools.retry': [{ pool: 't' }, 'no', 'no'],
  'pools.drain': [{ pool: 't' }, 'no', 'no'],
  'pools.invalidate': [{ target: 't' }, 'no', 'no'],
  'pools.prune': [{}, 'no', 'no'],
  'claims.create': [{ template: 't' }, 'yes', 'no'],
  'claims.waiting': [{}, 'yes', 'no'],
  'claims.cancel': [WORKSPACE, 'yes', 'no'],
  'workspaces.list': [{}, 'yes', 'no'],
  'workspaces.rows': [{}, 'yes', 'no'],
  'workspaces.show': [WORKSPACE, 'yes', 'no'],
  'workspaces.history': [WORKSPACE, 'yes', 'no'],
  'workspaces.logs': [WORKSPACE, 'yes', 'no'],
  'workspaces.agentLogs': [WORKSPACE, 'yes', 'no'],
  'workspaces.start': [WORKSPACE, 'yes', 'no'],
  'workspaces.stop': [WORKSPACE, 'yes', 'no'],
  'workspaces.restart': [WORKSPACE, 'yes', 'no'],
  'workspaces.update': [WORKSPACE, 'yes', 'no'],
  'workspaces.orphan': [WORKSPACE, 'no', 'no'],
  'workspaces.rename': [{ ...WORKSPACE, newName: 'y' }, 'yes', 'no'],
  'workspaces.extend': [{ ...WORKSPACE, ms: 1 }, 'yes', 'no'],
  'workspaces.hold': [{ ...WORKSPACE, held: true }, 'no', 'no'],
  'workspaces.connect': [WORKSPACE, 'yes', 'no'],
  'workspaces.delete': [WORKSPACE, 'yes', 'no'],
  why: [{}, 'yes', 'yes'],
  'events.list': [{}, 'yes', 'no'],
  'events.stream': [{}, 'yes', 'no'],
  'groups.list': [{}, 'no', 'no'],
  'groups.create': [{ name: 'g' }, 'no', 'no'],
  'groups.show': [{ name: 'g' }, 'no', 'no'],
  'groups.edit': [{ name: 'g', quota: 1 }, 'no', 'no'],
  'groups.members': [{ name: 'g' }, 'no', 'no'],
  'groups.delete': [{ name: 'g' }, 'no', 'no'],
  'users.list': [{}, 'no', 'no'],
  'users.create': [{ username: 'u' }, 'no', 'no'],
  'users.show': [{ name: 'ann' }, 'yes', 'no'],
  quota: [{}, 'yes', 'no'],
  'organizations.list': [{}, 'no', 'no'],
  'organizations.create': [{ name: 'o' }, 'no', 'no'],
  'tokens.list': [{}, 'no', 'no'],
  'tokens.create': [{ role: 'member' }, 'no', 'no'],
  'tokens.revoke': [{ name: 'x' }, 'no', 'no'],
  'hooks.list': [{}, 'no', 'no'],
  'hooks.deliver': [{}, 'no', 'no'],
  'hooks.test': [{ hook: 'on_claim' }, 'no', 'no'],
  'sweeps.last': [{}, 'yes', 'yes'],
  'sweeps.run': [{}, 'no', 'no'],
  'sweeps.suspects': [{}, 'yes', 'yes'],
  'sweeps.declareAbsent': [{ workspace: 'w' }, 'no', 'no'],
  gc: [{}, 'no', 'no'],
  doctor: [{}, 'no', 'no'],
  'doctor.repair': [{}, 'no', 'no'],
  metrics: [{}, 'yes', 'yes'],
};

/** What lists answer with, so that filters have something to go through. */
const none = (): readonly never[] => [];
const LISTS = {
  'workspaces.list': none,
  'workspaces.waiting': none,
  'pools.status': none,
  why: none,
  'audit.events': (): never => {
    throw new Error('over');
  },
};

async function ask(world: World, id: RouteId, inputs: Record<string, unknown>, token: string | undefined): Promise<string> {
  const place = placeOf(id);
  const path = place.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(inputs[name])));
  const rest = Object.entries(inputs).filter(([name]) => !place.params.includes(name));
  const query = place.inQuery ? `?${new URLSearchParams(rest as [string, string][]).toString()}` : '';
  const response = await fetch(`${world.url}${API_ROOT}${path}${query}`, {
    method: place.method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(place.inQuery ? {} : { 'content-type': 'application/json' }),
    },
    ...(place.inQuery ? {} : { body: JSON.stringify(Object.fromEntries(rest)) }),
  });
  const text = await response.text();
  return /"code":"forbidden"/.test(text) ? 'forbidden' : String(response.status);
}

describe('each route', () => {
  it.each(Object.keys(PATHS) as RouteId[])('%s asks for a token, and for the role', async (id) => {
    opened = await openWorld(LISTS);
    const [inputs, member, reader] = RULES[id];
    expect(await ask(opened, id, inputs, undefined)).toBe('401');
    expect(await ask(opened, id, inputs, tokenOf('admin').replace('pb_', 'xx_'))).toBe('401');
    expect(opened.calls).toEqual([]);
    const got = { admin: '', member: '', 'agent-read': '' };
    for (const role of ['admin', 'member', 'agent-read'] as const) got[role] = await ask(opened, id, inputs, tokenOf(role));
    expect(got.admin).not.toBe('forbidden');
    expect([got.member === 'forbidden' ? 'no' : 'yes', got['agent-read'] === 'forbidden' ? 'no' : 'yes']).toEqual([
      member,
      reader,
    ]);
  });
});

const other = { workspace: { ownerId: 'id-bob', ownerName: 'bob', name: 'y' } };
const own = { workspace: { ownerId: 'id-member', ownerName: 'ann', name: 'x' } };

describe('a member', () => {
  it.each([
    ['workspaces.show', {}],
    ['workspaces.history', {}],
    ['workspaces.logs', {}],
    ['workspaces.agentLogs', {}],
    ['workspaces.start', {}],
    ['workspaces.stop', {}],
    ['workspaces.restart', {}],
    ['workspaces.update', {}],
    ['workspaces.rename', { newName: 'z' }],
    ['workspaces.extend', { ms: 1 }],
    ['workspaces.connect', {}],
    ['workspaces.delete', {}],
    ['claims.cancel', {}],
  ] as const)('is told that the workspace of another is not there: %s', async (id, more) => {
    opened = await openWorld({
      'workspaces.history': () => ({ builds: [], claims: [], tries: [], events: [] }),
      'workspaces.show': () => other,
    });
    for (const owner of ['bob', 'prebuilds', 'Bob', '-/../bob', 'ann/..']) {
      const status = await ask(opened, id, { owner, name: 'y', ...more }, tokenOf('member'));
      expect([owner, ['404', '200'].includes(status)]).toEqual([owner, true]);
    }
    // Nothing but one's own was ever asked for.
    for (const { args } of opened.calls) expect(String(args[0]).startsWith('ann/')).toBe(true);
  });

  it('sees its own alone in lists', async () => {
    const events = [
      { seq: 1, actor: 'bob', workspaceName: 'y', owner: 'bob' },
      { seq: 2, actor: 'bob', workspaceName: 'x', owner: 'ann' },
      { seq: 3, actor: 'ann' },
      { seq: 4 },
      { seq: 5, actor: 'annabel', workspaceName: 'x', owner: 'annabel' },
      { seq: 6, actor: 'bob', workspaceName: 'p', owner: 'ann', claimId: 'of bob' },
    ];
    opened = await openWorld(
      {
        'workspaces.list': () => [own, other],
        'workspaces.waiting': () => [{ owner: 'ann' }, { owner: 'bob' }],
        'audit.events': () => events,
        why: () => [
          { kind: 'pool', name: 't/p' },
          { kind: 'workspace', name: 'bob/y' },
          { kind: 'workspace', name: 'ann/x' },
        ],
      },
      'member',
    );
    const { remote } = opened;
    expect(await remote.workspaces.list()).toEqual([own]);
    expect(await remote.workspaces.waiting()).toEqual([{ owner: 'ann' }]);
    expect((await remote.audit.events({})).map(({ seq }) => seq)).toEqual([2, 3]);
    expect((await remote.why()).map(({ name }) => name)).toEqual(['t/p', 'ann/x']);
  });

  it('sees that prebuilds are parked, not by whom and why', async () => {
    const held = [{ name: 'prebuild-a', heldAt: 1, heldBy: 'bob', reason: 'bob looks at it' }];
    opened = await openWorld({ 'pools.status': () => [{ held: 1, heldPrebuilds: held }] }, 'member');
    expect(await opened.remote.pools.status()).toEqual([{ held: 1, heldPrebuilds: [] }]);
  });

  it('sees what it is claiming as its own, and nothing that others claim', async () => {
    const prebuild = { ownerId: 'id-prebuilds', ownerName: 'prebuilds', name: 'prebuild-a' };
    const claimed = (owner: string) => ({ workspace: prebuild, claimant: { owner, name: 'dev' } });
    let holder = 'ann';
    let answerWhy = (): readonly unknown[] => [];
    opened = await openWorld(
      {
        'workspaces.list': () => [claimed('ann'), claimed('bob'), { workspace: prebuild }],
        'workspaces.show': () => claimed(holder),
        why: () => answerWhy(),
      },
      'member',
    );
    const { remote } = opened;
    const mine = { workspace: { ownerId: 'id-member', ownerName: 'ann', name: 'dev' }, claimant: { owner: 'ann', name: 'dev' } };
    expect(await remote.workspaces.list()).toEqual([mine]);
    expect(await remote.workspaces.show('ann/dev')).toEqual(mine);
    holder = 'bob';
    await expect(remote.workspaces.show('ann/dev')).rejects.toMatchObject({ code: 'unknown_workspace' });
    // What nobody has, what others have and what several others have looks the same.
    const of = (name: string) => [{ kind: 'claim', name, code: 'in_line', text: 'it is the next in line' }];
    const refusals: readonly (() => readonly unknown[])[] = [
      () => of('bob/dev'),
      () => {
        throw new UserError('ambiguous_name', '"dev" is the name of several workspaces: bob/dev, carl/dev');
      },
      () => {
        throw new UserError('unknown_name', 'there is nothing of that name');
      },
    ];
    for (answerWhy of refusals) {
      const message = '"dev" is no pool, and no workspace or claim in line of yours';
      await expect(remote.why('dev')).rejects.toMatchObject({ code: 'unknown_name', message });
    }
    answerWhy = () => of('ann/dev');
    expect(await remote.why('dev')).toMatchObject(of('ann/dev'));
  });

  it('claims for itself, whatever it says', async () => {
    opened = await openWorld({ 'workspaces.claim': () => ({}) }, 'member');
    const claim = { template: 't', params: [], noPool: false, noCold: false, detach: false };
    await expect(opened.remote.workspaces.claim({ ...claim, owner: 'bob' })).rejects.toMatchObject({ code: 'forbidden' });
    await opened.remote.workspaces.claim({ ...claim, owner: 'Ann' });
    expect(opened.calls.map(({ args: [input] }) => (input as { owner?: string }).owner)).toEqual([undefined]);
  });

  it.each([
    ['the quota of others', (world: World) => world.remote.people.quota('bob')],
    ['others', (world: World) => world.remote.people.user('bob')],
    ['force', (world: World) => world.remote.workspaces.delete('ann/x', { force: true })],
  ])('may not ask for %s', async (_what, call) => {
    opened = await openWorld({}, 'member');
    await expect(call(opened)).rejects.toMatchObject({ code: 'forbidden' });
    expect(opened.calls).toEqual([]);
  });
});
