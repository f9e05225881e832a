import { describe, expect, it } from 'vitest';
import type { WaitingView, WorkspaceApi, WorkspaceDetail, WorkspaceView } from '../../../src/api/app.ts';
import { build, claim, cli, event, NOW, workspace } from './fakes.ts';

const view: WorkspaceView = {
  workspace,
  organization: 'default',
  template: 'docker',
  version: 3,
  preset: 'GoLand: Large',
  liveBuild: undefined,
};
const detail: WorkspaceDetail = {
  ...view,
  builds: [build],
  resources: [{ address: 'docker_container.x', type: 'docker_container', id: 'abc' }],
  agents: [],
  apps: [],
  metadata: [],
  suspects: [
    { id: 's', workspaceId: 'w1', buildId: 'b1', address: 'docker_volume.y', type: 'docker_volume', state: 'open', at: 0 },
  ],
  connect: 'prebuilds connect ana/api',
};

const line: WaitingView = {
  claimId: 'c1',
  owner: 'bob',
  name: 'dev',
  template: 'docker',
  preset: 'GoLand: Large',
  before: 2,
  since: NOW - 60_000,
  deadlineAt: NOW + 60_000,
  detached: true,
};

describe('list', () => {
  it('gives the search on and prints one row per workspace', async () => {
    let asked: string | undefined;
    const list = (search?: string) => {
      asked = search;
      return Promise.resolve([{ ...view, liveBuild: { ...build, state: 'applying' as const } }]);
    };
    const { out } = await cli(['list', '--search', 'owner:ana status:ready'], { app: { workspaces: { list } } });
    expect(asked).toBe('owner:ana status:ready');
    const [head, row] = out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(head).toEqual(['WORKSPACE', 'TEMPLATE', 'VERSION', 'PRESET', 'STATUS', 'AGE']);
    expect(row).toEqual(['ana/api', 'docker', '3', 'GoLand: Large', 'ready (start: applying)', '2 days']);
  });

  it('says whom a prebuild is being claimed for', async () => {
    const claiming = {
      ...view,
      workspace: { ...workspace, phase: 'claiming' as const },
      claimant: { owner: 'bob', name: 'dev' },
    };
    const list = () => Promise.resolve([claiming]);
    const show = () => Promise.resolve({ ...detail, ...claiming });
    const app = { workspaces: { list, show } };
    expect((await cli(['list'], { app })).out).toContain('claiming by bob as dev');
    expect((await cli(['show', 'bob/dev'], { app })).out).toMatch(/Status +claiming by bob as dev\n/);
    expect(JSON.parse((await cli(['show', 'bob/dev', '--json'], { app })).out)).toMatchObject({
      claimant: { owner: 'bob', name: 'dev' },
    });
  });

  it('says what a claim of a prebuild would do, and who waits', async () => {
    const prebuild = { ...workspace, ownerName: 'prebuilds', claimedAt: undefined };
    const changes = [
      { address: 'docker_container.x', type: 'docker_container', action: 'replace' as const, paths: ['name', 'env'] },
    ];
    const { out, err } = await cli(['list'], {
      app: {
        workspaces: {
          list: () =>
            Promise.resolve([
              { ...view, workspace: { ...prebuild, name: 'a', claimSafety: 'safe' as const } },
              { ...view, workspace: { ...prebuild, name: 'b', claimSafety: 'unsafe' as const, unsafeChanges: changes } },
              { ...view, workspace: { ...workspace, claimSafety: 'safe' as const } },
            ]),
          waiting: () => Promise.resolve([line]),
        },
      },
    });
    const rows = out.split('\n').map((row) => row.trim().split(/ {2,}/));
    expect(rows[0]).toEqual(['WORKSPACE', 'TEMPLATE', 'VERSION', 'PRESET', 'STATUS', 'CLAIM', 'AGE']);
    expect(rows[1]?.[5]).toBe('claim-safe');
    expect(rows[2]?.[5]).toBe('would rebuild docker_container.x because of name, env');
    expect(rows[3]?.[5]).toBe('2 days');
    expect(err).toBe('waiting: bob/dev for docker/GoLand: Large, 2 before it, since 1m\n');
  });

  it('an empty answer is empty on stdout, with a remark on stderr', async () => {
    const list = () => Promise.resolve([]);
    const { code, out, err } = await cli(['list'], { app: { workspaces: { list } } });
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: 'no workspaces\n' });
    expect((await cli(['list', '--json', '-q'], { app: { workspaces: { list } } })).json).toEqual([]);
  });

  it('fits the terminal', async () => {
    const wide = { ...view, template: 'a-template-with-a-very-long-name-indeed' };
    const { out } = await cli(['list'], { columns: 60, app: { workspaces: { list: () => Promise.resolve([wide]) } } });
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    expect(out).toContain('…');
  });
});

describe('claims in line', () => {
  it('are ended by delete, without a question', async () => {
    const cancelWaiting = (name: string) => Promise.resolve(name === 'dev' ? line : undefined);
    const { code, out } = await cli(['delete', 'dev'], {
      app: { workspaces: { cancelWaiting } },
      confirm: () => Promise.reject(new Error('nobody is asked')),
    });
    expect({ code, out }).toEqual({ code: 0, out: 'the claim of bob/dev waits no more\n' });
  });
});

describe('extend', () => {
  it('gives name and time on, and says when it ends', async () => {
    let asked: unknown;
    const extend = (name: string, ms: number) => {
      asked = [name, ms];
      return Promise.resolve({ ...workspace, expiresAt: NOW + 7_200_000 });
    };
    const { code, out } = await cli(['extend', 'api', '2h'], { app: { workspaces: { extend } } });
    expect({ code, out, asked }).toEqual({ code: 0, out: 'ana/api ends in 2h\n', asked: ['api', 7_200_000] });
    expect((await cli(['extend', 'api', 'soon'], {})).code).toBe(2);
  });
});

const tried = {
  claimId: 'c1',
  n: 1,
  workspaceId: 'w0',
  workspaceName: 'prebuild-abc',
  outcome: 'released',
  reason: 'plan failed',
  at: NOW,
};

describe('show and history', () => {
  it('show prints facts, resources, builds and suspects', async () => {
    const { out } = await cli(['show', 'api'], { app: { workspaces: { show: () => Promise.resolve(detail) } } });
    expect(out).toMatch(/^Workspace {2}ana\/api$/m);
    expect(out).toMatch(/^Template {3}docker version 3$/m);
    expect(out).toMatch(/^Claimed {4}1m ago$/m);
    expect(out).toMatch(/^docker_container\.x +abc$/m);
    expect(out).toMatch(/2 of 3 running/);
    expect(out).toContain('warning: docker_volume.y may exist although no state knows it');
  });

  it('history is one list in order of time', async () => {
    const history = () => Promise.resolve({ builds: [build], claims: [claim], tries: [tried], events: [event] });
    const { out } = await cli(['history', 'api'], { app: { workspaces: { history } } });
    const rows = out.trimEnd().split('\n').slice(1);
    expect(rows.map((row) => row.split(/ {2,}/)[1])).toEqual(['build 1 create', 'claim', 'claim.served', 'try 1']);
    expect(rows[3]).toContain('prebuild-abc: released; plan failed');
    expect(rows[0]).toContain('succeeded after 60.00s; 2 of 3 running');
  });
});

describe('logs', () => {
  it('prints lines as they come, without control characters', async () => {
    let asked: unknown;
    const logs: WorkspaceApi['logs'] = (_name, options) => {
      asked = { build: options.build, follow: options.follow };
      options.onLine('one');
      options.onLine('two\u001b[31m');
      return Promise.resolve();
    };
    const { out, code } = await cli(['logs', 'api', '-f', '--build', '2'], { app: { workspaces: { logs } } });
    expect(asked).toEqual({ build: 2, follow: true });
    expect({ out, code }).toEqual({ out: 'one\ntwo [31m\n', code: 0 });
  });
});

describe('life after the claim', () => {
  it.each([
    [['start', 'api'], 'start', 'ana/api started\n'],
    [['stop', 'api'], 'stop', 'ana/api stopped\n'],
    [['start', 'api', '--param', 'a=1'], 'start', 'ana/api started\n'],
    [['restart', 'api', '--param', 'a=1'], 'restart', 'ana/api restarted\n'],
    [['update', 'api', '--param', 'a=1'], 'update', 'ana/api updated\n'],
    [['rename', 'old', 'api'], 'rename', 'old is now ana/api\n'],
    [['delete', 'api', '--yes'], 'delete', 'ana/api deleted\n'],
  ] as const)('%j', async (args, verb, words) => {
    const asked: unknown[] = [];
    const answer = (...given: unknown[]) => {
      asked.push(...given);
      return Promise.resolve(verb === 'delete' ? { ...workspace, phase: 'deleted' as const } : workspace);
    };
    const { code, out } = await cli(args, { app: { workspaces: { [verb]: answer } } });
    expect({ code, out }).toEqual({ code: 0, out: words });
    expect(asked[0]).toBe(args[1]);
    if (args.some((arg) => arg === '--param')) expect(asked[1]).toMatchObject({ params: ['a=1'] });
    if (verb === 'rename') expect(asked[1]).toBe('api');
    if (verb === 'delete') expect(asked[1]).toMatchObject({ force: false });
  });

  it('asks before it deletes, where somebody can answer', async () => {
    const questions: string[] = [];
    const confirm = (question: string) => {
      questions.push(question);
      return Promise.resolve(false);
    };
    const { code, err } = await cli(['delete', 'api'], { confirm });
    expect(code).toBe(2);
    expect(err).toContain('nothing was changed');
    expect(questions).toEqual(['Delete workspace api and everything it has?']);
  });

  it('--orphan says what is left where, after asking, and has nothing to do with --force', async () => {
    const orphan = () =>
      Promise.resolve({
        workspace: { ...workspace, phase: 'deleted' as const },
        left: ['a.b', 'c.d'],
        folder: '/h/trash/aside-1',
      });
    const questions: string[] = [];
    const confirm = (question: string) => {
      questions.push(question);
      return Promise.resolve(true);
    };
    const { code, out, err } = await cli(['delete', 'api', '--orphan'], { confirm, app: { workspaces: { orphan } } });
    expect({ code, out }).toEqual({ code: 0, out: 'ana/api deleted; left where it is: a.b, c.d\n' });
    expect(err).toContain('/h/trash/aside-1 for a week');
    expect(questions).toEqual(['Forget workspace api and leave what it has where it is?']);
    expect((await cli(['delete', 'api', '--orphan', '--force'], { app: { workspaces: { orphan } } })).code).toBe(2);
  });

  it('does not ask without a terminal', async () => {
    const remove = () => Promise.resolve({ ...workspace, phase: 'deleted' as const });
    expect((await cli(['delete', 'api', '--force'], { app: { workspaces: { delete: remove } } })).code).toBe(0);
  });
});

describe('connect', () => {
  const connect = () => Promise.resolve({ argv: ['docker', 'exec', '-it', 'abc', 'sh'], env: { A: '1' } });

  it('runs the command in this terminal after the store is closed; its exit code is the answer', async () => {
    const ran: unknown[] = [];
    const spawn = (argv: readonly string[], env: Readonly<Record<string, string>>) => {
      ran.push(argv, env);
      return Promise.resolve(7);
    };
    const { code } = await cli(['connect', 'api'], { app: { workspaces: { connect } }, spawn });
    expect(code).toBe(7);
    expect(ran).toEqual([['docker', 'exec', '-it', 'abc', 'sh'], { A: '1' }]);
  });

  it('--json only says what would be run', async () => {
    const { json } = await cli(['connect', 'api', '--json'], { app: { workspaces: { connect } } });
    expect(json).toEqual({ argv: ['docker', 'exec', '-it', 'abc', 'sh'], env: { A: '1' } });
  });
});
