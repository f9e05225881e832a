import { describe, expect, it } from 'vitest';
import type { WorkspaceApi, WorkspaceDetail, WorkspaceView } from '../../../src/app/api.ts';
import { build, claim, cli, event, workspace } from './fakes.ts';

const view: WorkspaceView = { workspace, template: 'docker', version: 3, preset: 'GoLand: Large', liveBuild: undefined };
const detail: WorkspaceDetail = {
  ...view,
  builds: [build],
  resources: [{ address: 'docker_container.x', type: 'docker_container', id: 'abc' }],
  suspects: [
    { id: 's', workspaceId: 'w1', buildId: 'b1', address: 'docker_volume.y', type: 'docker_volume', state: 'open', at: 0 },
  ],
  connect: 'prebuilds connect ana/api',
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
    const history = () => Promise.resolve({ builds: [build], claims: [claim], events: [event] });
    const { out } = await cli(['history', 'api'], { app: { workspaces: { history } } });
    const rows = out.trimEnd().split('\n').slice(1);
    expect(rows.map((row) => row.split(/ {2,}/)[1])).toEqual(['build 1 create', 'claim', 'claim.served']);
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
    [['restart', 'api'], 'restart', 'ana/api restarted\n'],
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
    if (verb === 'update') expect(asked[1]).toMatchObject({ params: ['a=1'] });
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
