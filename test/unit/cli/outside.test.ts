import { describe, expect, it } from 'vitest';
import type {
  HookApi,
  NotificationView,
  SweepApi,
  SweepFinding,
  SuspectView,
  SweepReport,
  SweepView,
} from '../../../src/api/app.ts';
import { cli, NOW, pool } from './fakes.ts';

const MINUTE = 60_000;

const waiting: NotificationView = {
  id: 'n1',
  hook: 'on_claim',
  receiver: 'https://hooks.example',
  eventSeq: 7,
  state: 'waiting',
  attempts: 2,
  nextTryAt: NOW + 2 * MINUTE,
  lastError: 'it answered 500',
  createdAt: NOW - 3 * MINUTE,
};

describe('hooks', () => {
  const hooks = (parts: Partial<HookApi>) => ({ app: { hooks: parts } });

  it('list shows what waits and what was given up', async () => {
    const list = () =>
      Promise.resolve([waiting, { ...waiting, state: 'given_up' as const, receiver: undefined, nextTryAt: undefined }]);
    const { code, out } = await cli(['hooks', 'list'], hooks({ list }));
    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^HOOK +RECEIVER +EVENT +AGE +TRIES +NEXT TRY +LAST ERROR$/);
    expect(lines[1]).toMatch(/^on_claim +https:\/\/hooks\.example +7 +3m +2 +in 2m +it answered 500$/);
    expect(lines[2]).toMatch(/no longer configured .* given up/);
    const { json } = await cli(['hooks', 'list', '--json'], hooks({ list }));
    expect(json).toMatchObject([
      { id: 'n1', nextTryAt: new Date(NOW + 2 * MINUTE).toISOString() },
      { receiver: null, nextTryAt: null },
    ]);
  });

  it.each([
    [{ delivered: 3, waiting: 0, givenUp: 0 }, 0, '3 delivered\n'],
    [{ delivered: 0, waiting: 1, givenUp: 2 }, 1, '0 delivered, 1 tried again later, 2 given up\n'],
  ])('deliver says what came of it: %j', async (counts, expected, text) => {
    let asked: unknown;
    const deliver: HookApi['deliver'] = ({ retry }) => {
      asked = retry;
      return Promise.resolve(counts);
    };
    expect(await cli(['hooks', 'deliver'], hooks({ deliver }))).toMatchObject({ code: expected, out: text });
    expect(asked).toBe(false);
    await cli(['hooks', 'deliver', '--retry'], hooks({ deliver }));
    expect(asked).toBe(true);
  });

  it('test says per receiver whether it arrived', async () => {
    const test: HookApi['test'] = (hook) =>
      Promise.resolve([
        { receiver: hook, id: 'i', error: undefined, ms: 12 },
        { receiver: 'notify', id: 'j', error: 'it exited 3: \u001b[2Jwhy', ms: 5 },
      ]);
    const { code, out } = await cli(['hooks', 'test', 'on_limit'], hooks({ test }));
    expect(code).toBe(1);
    expect(out).toBe('delivered  on_limit  12 ms\nfailed     notify  it exited 3:  [2Jwhy\n');
    expect((await cli(['hooks', 'test', 'on_fire'], hooks({ test }))).code).toBe(2);
  });
});

const leak: SweepFinding = {
  verdict: 'leaked',
  kind: 'container',
  id: 'c1',
  type: 'docker_container',
  name: 'dev',
  workspaceId: 'w1',
  workspace: 'ann/dev',
  reason: 'its workspace is deleted',
  removable: true,
  remedy: 'run `prebuilds sweep --remove`',
};
const foreign: SweepFinding = {
  ...leak,
  verdict: 'foreign',
  id: 'c2',
  name: 'theirs',
  workspace: undefined,
  removable: false,
  remedy: undefined,
};
const view = (more: Partial<SweepView> = {}): SweepView => ({
  source: 'docker unix:///x',
  at: NOW - 3 * MINUTE,
  objects: 4,
  findings: [],
  error: undefined,
  ...more,
});

describe('sweep', () => {
  const answer = (report: Partial<SweepReport>, asked: Parameters<SweepApi['run']>[0][] = []) => ({
    app: {
      sweeps: {
        run: (input: Parameters<SweepApi['run']>[0]) => {
          asked.push(input);
          return Promise.resolve({ results: [view()], removed: [], resolved: [], ...report });
        },
      },
    },
  });

  it('is quiet and exits 0 when everything is accounted for, whatever others have', async () => {
    expect(await cli(['sweep'], answer({}))).toMatchObject({
      code: 0,
      out: 'docker unix:///x: 0 unaccounted objects, checked 3m ago\n',
    });
    expect((await cli(['sweep'], answer({ results: [view({ findings: [foreign] })] }))).code).toBe(0);
  });

  it('lists what is not, with the remedy, and exits 1', async () => {
    const { code, out } = await cli(['sweep'], answer({ results: [view({ findings: [leak, foreign] })] }));
    expect(code).toBe(1);
    expect(out).toMatch(/leaked +container +dev +ann\/dev +its workspace is deleted +run `prebuilds sweep --remove`/);
    expect(out).toContain('1 unaccounted object, checked 3m ago');
    const { json } = await cli(['sweep', '--json'], answer({ results: [view({ findings: [leak, foreign] })] }));
    expect(json).toMatchObject({
      unaccounted: 1,
      sources: [{ unaccounted: 1, error: null, findings: [{ verdict: 'leaked', workspaceId: 'w1' }, { verdict: 'foreign' }] }],
      removed: [],
    });
  });

  it('exits 1 when a source could not be looked at', async () => {
    const { code, out } = await cli(['sweep'], answer({ results: [view({ error: 'no answer in time' })] }));
    expect({ code, out }).toEqual({
      code: 1,
      out: 'docker unix:///x: could not be looked at, checked 3m ago: no answer in time\n',
    });
  });

  it('asks before it removes, unless told not to or only trying', async () => {
    const asked: Parameters<SweepApi['run']>[0][] = [];
    const no = () => Promise.resolve(false);
    expect((await cli(['sweep', '--remove'], { ...answer({}, asked), confirm: no })).code).toBe(2);
    expect(asked).toEqual([]);
    const done = await cli(['sweep', 'docker', '--remove', '--yes'], {
      ...answer({ removed: [leak], resolved: ['a.b'] }, asked),
      confirm: no,
    });
    expect(done.out).toContain('removed container dev');
    expect(done.out).toContain('a.b is no longer suspected');
    const dry = await cli(['sweep', '--remove', '--dry-run'], { ...answer({ removed: [leak] }, asked), confirm: no });
    expect(dry.out).toContain('would remove container dev');
    expect(asked).toEqual([
      { template: 'docker', remove: true, dryRun: false },
      { template: undefined, remove: true, dryRun: true },
    ]);
  });
});

const suspect: SuspectView = {
  address: 'docker_volume.home',
  type: 'docker_volume',
  workspaceId: 'w1',
  workspace: 'ann/dev',
  at: NOW,
  remedy: 'look for it',
};

it('status and sweep say what may exist outside the states', async () => {
  const suspects = () => Promise.resolve([suspect]);
  const app = {
    pools: { status: () => Promise.resolve([pool]), isPaused: () => Promise.resolve(false) },
    sweeps: { suspects, run: () => Promise.resolve({ results: [], removed: [], resolved: [] }) },
  };
  const line = '1 object may exist outside the states; see `prebuilds doctor`';
  expect((await cli(['status'], { app })).out).toContain(line);
  expect((await cli(['status', '--json'], { app })).json).toMatchObject({ suspects: [{ address: 'docker_volume.home' }] });
  expect((await cli(['sweep'], { app })).out).toContain(line);
  expect((await cli(['sweep', '--json'], { app })).json).toMatchObject({ openSuspects: [{ workspace: 'ann/dev' }] });
});

it('sweep --absent says what a person found, and looks nowhere', async () => {
  const asked: string[] = [];
  const declareAbsent = (name: string) => {
    asked.push(name);
    return Promise.resolve(name === 'ann/dev' ? ['docker_volume.home'] : []);
  };
  const app = { sweeps: { declareAbsent } };
  const done = await cli(['sweep', '--absent', 'ann/dev'], { app });
  expect(done).toMatchObject({ code: 0, out: 'docker_volume.home is no longer suspected to exist outside its state\n' });
  expect((await cli(['sweep', '--absent', 'ann/x', '--json'], { app })).json).toEqual({ resolvedSuspects: [] });
  expect((await cli(['sweep', '--absent', 'ann/x', '--remove'], { app })).code).toBe(2);
  expect(asked).toEqual(['ann/dev', 'ann/x']);
});

it('status says when it was last looked, and what is unaccounted for', async () => {
  const app = {
    pools: { status: () => Promise.resolve([pool]), isPaused: () => Promise.resolve(false) },
    sweeps: { last: () => Promise.resolve([view({ findings: [leak] })]) },
  };
  expect((await cli(['status'], { app })).out).toContain(
    'docker unix:///x: 1 unaccounted object, checked 3m ago; see `prebuilds doctor`',
  );
  expect((await cli(['status', '--json'], { app })).json).toMatchObject({
    sweeps: [{ source: 'docker unix:///x', objects: 4, unaccounted: 1, error: null }],
  });
});
