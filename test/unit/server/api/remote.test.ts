import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { App, BuildProgress, ClaimInput } from '../../../../src/api/app.ts';
import type { VariableSource } from '../../../../src/domain/types.ts';
import { connectTo } from '../../../../src/app/remote/connect.ts';
import { ConflictError, EngineError, InterruptedError, StoreError, UserError } from '../../../../src/kit/errors.ts';
import { openWorld, type Answers, type World } from './world.ts';

const opened: World[] = [];
const world = async (answers: Answers = {}, ...more: [('admin' | 'member' | 'agent-read')?, string?]): Promise<World> => {
  const one = await openWorld(answers, ...more);
  opened.push(one);
  return one;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ close }) => close()));
});

const claim: ClaimInput = { template: 'docker', params: [], noPool: false, noCold: false, detach: false };
const live = { signal: expect.any(AbortSignal) as unknown, onProgress: expect.any(Function) as unknown };

/** Every method of the application that works on another host: how it is called, and what arrives there. */
const METHODS: readonly [name: string, call: (app: App) => Promise<unknown>, ...arrives: unknown[]][] = [
  ['templates.list', (app) => app.templates.list()],
  ['templates.versions', (app) => app.templates.versions('docker'), 'docker'],
  ['templates.show', (app) => app.templates.show('docker'), 'docker'],
  ['templates.promote', (app) => app.templates.promote('docker', 3), 'docker', 3],
  ['templates.deprecate', (app) => app.templates.deprecate('docker', true), 'docker', true],
  ['templates.delete', (app) => app.templates.delete('docker', {}), 'docker', live],
  ['templates.presets', (app) => app.templates.presets('docker'), 'docker'],
  ['templates.presets', (app) => app.templates.presets(), undefined],
  ['pools.plan', (app) => app.pools.plan('docker/GoLand: Large / 2'), 'docker/GoLand: Large / 2'],
  ['pools.status', (app) => app.pools.status(), undefined],
  ['pools.isPaused', (app) => app.pools.isPaused()],
  ['pools.setPaused', (app) => app.pools.setPaused(true, 'docker'), true, 'docker'],
  ['pools.setPaused', (app) => app.pools.setPaused(false), false, undefined],
  ['pools.retry', (app) => app.pools.retry('docker'), 'docker'],
  ['pools.drain', (app) => app.pools.drain('docker', { wait: true }), 'docker', { ...live, wait: true }],
  [
    'pools.invalidate',
    (app) => app.pools.invalidate('docker', { rolling: true, wait: false }),
    'docker',
    { ...live, rolling: true, wait: false },
  ],
  ['pools.prune', (app) => app.pools.prune({ pool: 'docker', dryRun: true }), { ...live, pool: 'docker', dryRun: true }],
  [
    'pools.reconcile',
    (app) => app.pools.reconcile({ pool: 'docker', timeoutMs: 5000, providerSession: false }),
    { ...live, pool: 'docker', timeoutMs: 5000, providerSession: false },
  ],
  [
    'workspaces.claim',
    (app) =>
      app.workspaces.claim({
        ...claim,
        preset: 'a',
        name: 'x',
        params: ['a=ü"\n'],
        owner: 'bob',
        noCold: true,
        requestId: 'r1',
        wait: { ms: 5 },
        ttlMs: 9,
      }),
    {
      ...claim,
      ...live,
      onStep: expect.any(Function) as unknown,
      preset: 'a',
      name: 'x',
      params: ['a=ü"\n'],
      owner: 'bob',
      noCold: true,
      requestId: 'r1',
      wait: { ms: 5 },
      ttlMs: 9,
      providerSession: undefined,
    },
  ],
  ['workspaces.waiting', (app) => app.workspaces.waiting()],
  ['workspaces.cancelWaiting', (app) => app.workspaces.cancelWaiting('ann/x'), 'ann/x'],
  ['workspaces.list', (app) => app.workspaces.list('owner:ann a b'), 'owner:ann a b'],
  ['workspaces.show', (app) => app.workspaces.show('x'), 'x'],
  ['workspaces.show', (app) => app.workspaces.show('jörg müller/x'), 'jörg müller/x'],
  ['workspaces.history', (app) => app.workspaces.history('ann/x'), 'ann/x'],
  [
    'workspaces.start',
    (app) => app.workspaces.start('ann/x', { params: ['a=1'], providerSession: false }),
    'ann/x',
    { ...live, params: ['a=1'], providerSession: false },
  ],
  ['workspaces.stop', (app) => app.workspaces.stop('ann/x', {}), 'ann/x', { ...live, providerSession: undefined }],
  [
    'workspaces.restart',
    (app) => app.workspaces.restart('ann/x', { params: [] }),
    'ann/x',
    { ...live, params: [], providerSession: undefined },
  ],
  [
    'workspaces.update',
    (app) => app.workspaces.update('ann/x', { params: ['a=1'] }),
    'ann/x',
    { ...live, params: ['a=1'], providerSession: undefined },
  ],
  [
    'workspaces.rename',
    (app) => app.workspaces.rename('ann/x', 'y', { force: true }),
    'ann/x',
    'y',
    { ...live, force: true, providerSession: undefined },
  ],
  ['workspaces.orphan', (app) => app.workspaces.orphan('ann/x', {}), 'ann/x', { ...live, providerSession: undefined }],
  ['workspaces.extend', (app) => app.workspaces.extend('ann/x', 60_000), 'ann/x', 60_000],
  [
    'workspaces.delete',
    (app) => app.workspaces.delete('x', { force: true }),
    'x',
    { ...live, force: true, providerSession: undefined },
  ],
  ['workspaces.hold', (app) => app.workspaces.hold('prebuilds/p', true, 'why not'), 'prebuilds/p', true, 'why not'],
  ['workspaces.connect', (app) => app.workspaces.connect('ann/x'), 'ann/x'],
  ['audit.events', (app) => app.audit.events({ after: 5, sinceAt: 6, limit: 7 }), { after: 5, sinceAt: 6, limit: 7 }],
  ['people.groups', (app) => app.people.groups()],
  ['people.group', (app) => app.people.group('g'), 'g'],
  ['people.createGroup', (app) => app.people.createGroup('g', 5), 'g', 5],
  ['people.editGroup', (app) => app.people.editGroup('g', 0), 'g', 0],
  ['people.changeMembers', (app) => app.people.changeMembers('g', { add: ['a'] }), 'g', { add: ['a'], remove: [] }],
  ['people.deleteGroup', (app) => app.people.deleteGroup('g'), 'g'],
  ['people.users', (app) => app.people.users()],
  ['people.user', (app) => app.people.user('ann'), 'ann'],
  ['people.createUser', (app) => app.people.createUser({ username: 'ann', email: 'a@b' }), { username: 'ann', email: 'a@b' }],
  ['people.quota', (app) => app.people.quota(), undefined],
  ['people.organizations', (app) => app.people.organizations()],
  ['people.createOrganization', (app) => app.people.createOrganization('o'), 'o'],
  ['tokens.list', (app) => app.tokens.list({ all: true }), { all: true }],
  ['tokens.create', (app) => app.tokens.create({ role: 'member', user: 'ann' }), { role: 'member', user: 'ann' }],
  ['tokens.revoke', (app) => app.tokens.revoke('laptop'), 'laptop'],
  ['hooks.list', (app) => app.hooks.list()],
  ['hooks.deliver', (app) => app.hooks.deliver({ retry: true }), { retry: true, signal: live.signal }],
  ['hooks.test', (app) => app.hooks.test('on_claim'), 'on_claim'],
  ['sweeps.last', (app) => app.sweeps.last()],
  ['sweeps.run', (app) => app.sweeps.run({ dryRun: true, remove: false }), { dryRun: true, remove: false }],
  ['sweeps.suspects', (app) => app.sweeps.suspects()],
  ['sweeps.declareAbsent', (app) => app.sweeps.declareAbsent('ann/api'), 'ann/api'],
  ['keep.collect', (app) => app.keep.collect({ dryRun: true }), { dryRun: true }],
  ['doctor', (app) => app.doctor(), { repair: false }],
  ['doctor', (app) => app.doctor({ repair: true }), { repair: true }],
  ['metrics', (app) => app.metrics('9'), '1.2.3'],
  ['why', (app) => app.why('docker/a'), 'docker/a'],
];

describe('the remote application', () => {
  it.each(METHODS)('%s arrives as it was asked', async (name, call, ...arrives) => {
    const said = { some: 'answer', of: [name] };
    const { remote, calls } = await world({ [name]: () => said });
    const answer = await call(remote);
    expect(calls).toEqual([{ name, args: arrives }]);
    expect([said, undefined]).toContainEqual(answer);
  });

  it('answers as the person of the token, in the organisation asked for', async () => {
    const { remote, asked } = await world({}, 'admin', 'research');
    await remote.templates.list();
    expect(asked).toMatchObject([
      { caller: { person: { username: 'admin' }, tokenId: 'token-admin' }, organization: 'research' },
    ]);
  });

  it.each([
    new UserError('bad_parameter', 'cpus is too large', { hint: 'use 4', details: { most: 4 } }),
    new UserError('unknown_workspace', 'there is none'),
    new EngineError('build_failed', 'no room'),
    new StoreError('io_failed', 'full'),
    new ConflictError('nothing_to_claim', 'none'),
    new InterruptedError('it continues'),
  ])('fails as the command would: $code', async (error) => {
    const fail = (): never => {
      throw error;
    };
    const { remote } = await world({ 'workspaces.show': fail, 'workspaces.claim': fail });
    for (const asked of [remote.workspaces.show('x'), remote.workspaces.claim(claim)]) {
      const failure: unknown = await asked.catch((thrown: unknown) => thrown);
      expect(failure).toBeInstanceOf(error.constructor);
      expect(failure).toMatchObject({ code: error.code, message: error.message, exitCode: error.exitCode, hint: error.hint });
    }
  });

  it('says nothing of the inside of a bug', async () => {
    const { remote } = await world({
      'workspaces.show': () => {
        throw new Error('secret of the inside');
      },
    });
    await expect(remote.workspaces.show('x')).rejects.toMatchObject({
      code: 'bug',
      exitCode: 70,
      message: expect.not.stringContaining('secret') as string,
    });
  });

  it('passes on progress, steps and lines while it waits', async () => {
    const progress = {
      buildId: 'b',
      workspace: 'w',
      template: 't',
      transition: 'start',
      stage: 'claim',
      step: 'applying',
      elapsedMs: 5,
    } as const;
    const { remote } = await world({
      'workspaces.claim': (input: { onProgress: (one: BuildProgress) => void; onStep: (one: string) => void }) => {
        input.onStep('claiming');
        input.onProgress(progress);
        return { servedAs: 'warm' };
      },
      'workspaces.logs': (_name: string, options: { onLine: (line: string) => void }) => {
        options.onLine('first\nline');
        options.onLine('second');
      },
      'workspaces.agentLogs': (_name: string, input: { generation: number; onLine: (line: unknown) => void }) => {
        input.onLine({ agent: 'main', script: 'startup', scriptName: 'S', generation: input.generation, line: 'x' });
        return 'nothing more';
      },
    });
    const heard: unknown[] = [];
    const answer = await remote.workspaces.claim({
      ...claim,
      onProgress: (one) => heard.push(one),
      onStep: (one) => heard.push(one),
    });
    expect([answer, ...heard]).toEqual([{ servedAs: 'warm' }, 'claiming', progress]);
    const lines: string[] = [];
    await remote.workspaces.logs('x', { follow: true, onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['first\nline', 'second']);
    const written: unknown[] = [];
    const onLine = (line: unknown) => written.push(line);
    expect(await remote.workspaces.agentLogs('x', { generation: 3, follow: false, onLine })).toBe('nothing more');
    expect(written).toEqual([{ agent: 'main', script: 'startup', scriptName: 'S', generation: 3, line: 'x' }]);
  });

  it('ends on the server what is interrupted here, and tells what came of it', async () => {
    const abort = new AbortController();
    const { remote } = await world({
      'workspaces.claim': ({ signal }: { signal: AbortSignal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(new InterruptedError('the claim of ann/x continues'));
          });
          abort.abort();
        }),
    });
    await expect(remote.workspaces.claim({ ...claim, signal: abort.signal })).rejects.toMatchObject({
      message: 'the claim of ann/x continues',
      exitCode: 130,
    });
  });

  it('asks again with the same request id when the connection breaks', async () => {
    const { remote, calls } = await world({ 'workspaces.claim': () => ({ servedAs: 'warm' }) });
    const steps: string[] = [];
    const broken = { ...claim, onStep: (step: string) => steps.push(step) };
    const real = globalThis.fetch;
    let first = true;
    globalThis.fetch = async (...args) => {
      const response = await real(...args);
      if (!first) return response;
      first = false;
      await response.body?.cancel();
      return new Response(
        new ReadableStream({
          start: (stream) => {
            stream.error(new Error('reset'));
          },
        }),
        response,
      );
    };
    try {
      expect(await remote.workspaces.claim(broken)).toEqual({ servedAs: 'warm' });
    } finally {
      globalThis.fetch = real;
    }
    const ids = calls.map(({ args: [input] }) => (input as ClaimInput).requestId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(steps).toContain('the connection broke; asking again');
  });

  it.each(['.', '..', 'ana/..', './dev'])('asks nothing else for a name that would be a place in a path: %s', async (name) => {
    const { remote, calls } = await world();
    await expect(remote.workspaces.show(name)).rejects.toThrow(/nothing can have the name "\.\.?"/);
    await expect(remote.workspaces.delete(name, { force: false })).rejects.toThrow(UserError);
    expect(calls).toEqual([]);
  });

  it.each([
    ['127.0.0.1:7781', 'it does not begin with http:// or https://'],
    ['localhost:7781', 'it does not begin with http:// or https://'],
    ['http://', 'it cannot be read'],
    ['http://127.0.0.1:99999', 'it cannot be read'],
    ['https://ana:secret@pool.example.com', 'it holds a name or a password; the token belongs into PREBUILDS_TOKEN'],
    ['https://pool.example.com/prebuilds', 'it has the path /prebuilds, and a server is reached without one'],
    ['https://pool.example.com?x=1', 'it goes on after the port'],
  ])('says what is wrong with the address %s', (url, fault) => {
    const connect = (): App => connectTo({ url, token: undefined, organization: undefined, warn: () => undefined });
    expect(connect).toThrow(`PREBUILDS_URL is not the address of a server: ${fault}`);
    expect(connect).not.toThrow('secret');
  });

  it('says which server cannot be reached', async () => {
    const { remote, close, url } = await world();
    await close();
    await expect(remote.templates.list()).rejects.toMatchObject({
      code: 'server_unreachable',
      exitCode: 4,
      message: expect.stringContaining(url) as string,
    });
  });

  it('sends a folder as push finds it, and only that', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'prebuilds-push-test-'));
    try {
      mkdirSync(join(folder, 'scripts'));
      mkdirSync(join(folder, '.terraform'));
      writeFileSync(join(folder, 'main.tf'), 'locals {}\n');
      writeFileSync(join(folder, 'scripts', 'start.sh'), Buffer.from([0, 255, 10]), { mode: 0o755 });
      writeFileSync(join(folder, '.terraform', 'junk'), '');
      const secret = join(folder, '..', 'secret.tfvars');
      writeFileSync(secret, 'a = 1\n');
      writeFileSync(`${secret}.json`, '{"a": 1}');
      const seen: unknown[] = [];
      const { remote } = await world({
        'templates.push': ({ dir, variables }: { dir: string; variables: readonly VariableSource[] }) => {
          seen.push(readFileSync(join(dir, 'main.tf'), 'utf8'), [...readFileSync(join(dir, 'scripts', 'start.sh'))]);
          seen.push(variables.map((one) => ('file' in one ? [extname(one.file), readFileSync(one.file, 'utf8')] : one)));
          expect(() => readFileSync(join(dir, '.terraform', 'junk'))).toThrow();
          return { unchanged: false };
        },
      });
      const report = await remote.templates.push({
        dir: folder,
        variables: [{ file: secret }, { value: 'b=2' }, { file: `${secret}.json` }],
        activate: true,
        static: false,
      });
      expect(report).toEqual({ unchanged: false });
      expect(seen).toEqual(['locals {}\n', [0, 255, 10], [['.tfvars', 'a = 1\n'], { value: 'b=2' }, ['.json', '{"a": 1}']]]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.each([
    ['reconcile --watch', (app: App) => app.pools.watch({ intervalMs: 1, onPass: () => undefined })],
    ['a backup', (app: App) => app.keep.backup('x', { force: false })],
  ])('refuses %s, which is for the host', async (_what, call) => {
    const { remote, calls } = await world();
    await expect(call(remote)).rejects.toMatchObject({ code: 'not_remote', exitCode: 2 });
    expect(calls).toEqual([]);
  });
});
