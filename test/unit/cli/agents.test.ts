import { describe, expect, it } from 'vitest';
import type { AgentLogsInput, AgentView } from '../../../src/api/agents.ts';
import { build, cli, NOW, workspace } from './fakes.ts';

const agent: AgentView = {
  name: 'main',
  lifecycle: 'start_error',
  lifecycleAt: NOW - 60_000,
  generation: 1,
  heardAt: NOW - 5000,
  scripts: [
    { id: 'startup', name: 'Startup Script', runs: 'start', exit: 0, seconds: 2 },
    { id: 's-1', name: 'both\u001b[31m', runs: 'both', exit: 'timeout', seconds: 9 },
    { id: 's-2', name: 'bye', runs: 'stop', exit: undefined, seconds: undefined },
  ],
  metadata: [
    { key: 'cpu', name: 'CPU', value: '3%', exit: 0, measuredAt: NOW - 7000 },
    { key: 'mem', name: 'Memory', value: 'no', exit: 1, measuredAt: NOW - 60_000 },
    { key: 'disk', name: 'Disk', value: undefined, exit: undefined, measuredAt: undefined },
  ],
};
const app = {
  slug: 'editor',
  name: 'Editor',
  agent: 'main',
  url: 'http://localhost:1',
  command: undefined,
  external: false,
  hidden: false,
  health: 'disabled',
} as const;

const show = (given: Partial<AgentView> = {}) =>
  cli(['show', 'api'], {
    app: {
      workspaces: {
        show: () =>
          Promise.resolve({
            workspace: { ...workspace, generation: 2 },
            organization: 'default',
            template: 'docker',
            version: 3,
            preset: undefined,
            liveBuild: undefined,
            builds: [build],
            resources: [],
            agents: [{ ...agent, ...given }],
            apps: [app, { ...app, slug: 'hidden', hidden: true }],
            metadata: [
              { resource: 'docker_volume.home', key: 'size', value: '10 GB' },
              { resource: 'docker_volume.home', key: 'key', value: undefined },
            ],
            suspects: [],
            connect: undefined,
          }),
      },
    },
  });

describe('show', () => {
  it('says how each agent is, how its scripts ended, and what it measured', async () => {
    const { out } = await show();
    const rows = out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(rows).toContainEqual(['main', 'start error before the claim', '1 of 2', '5s ago']);
    expect(rows).toContainEqual(['main', 'Startup Script', 'startup', 'start', '0', '2']);
    expect(rows).toContainEqual(['main', 'both [31m', 's-1', 'start, stop', 'timeout', '9']);
    expect(rows).toContainEqual(['main', 'bye', 's-2', 'stop']);
    expect(rows).toContainEqual(['main', 'CPU', '3%', '7s']);
    expect(rows).toContainEqual(['main', 'Memory', 'no (exit 1)', '1m']);
    expect(rows).toContainEqual(['main', 'Disk']);
    expect(rows).toContainEqual(['editor', 'Editor', 'http://localhost:1']);
    expect(rows).toContainEqual(['docker_volume.home', 'key', '(sensitive)']);
    expect(out).not.toContain('hidden');
    expect(out).not.toContain('\u001b');
  });

  it.each([
    [{ generation: 0, lifecycle: 'created', heardAt: undefined }, 'not heard of'],
    [{ lifecycle: undefined }, 'not served'],
    [{ lifecycle: 'ready', generation: 2 }, 'ready'],
  ] as const)('%j is %s', async (given, words) => {
    const { out } = await show(given);
    expect(out.split('\n').map((line) => line.trim().split(/ {2,}/)[1])).toContain(words);
  });
});

describe('logs --agent', () => {
  const answering = (nothing?: string) => {
    const asked: AgentLogsInput[] = [];
    const agentLogs = (_name: string, input: AgentLogsInput) => {
      asked.push(input);
      const line = { agent: 'main', script: 'startup', scriptName: 'Startup Script', generation: 2 };
      if (nothing === undefined) {
        input.onLine({ ...line, line: 'one\u001b[2J' });
        input.onLine({ ...line, line: 'two' });
        input.onLine({ ...line, script: 's-1', scriptName: 'other', line: 'three' });
        input.onLine({ ...line, line: 'four' });
      }
      return Promise.resolve(nothing);
    };
    return { asked, app: { workspaces: { agentLogs } } };
  };

  it.each([
    [['--agent'], { agent: undefined, script: undefined, generation: undefined, follow: false }],
    [['--agent', 'main', '-f'], { agent: 'main', follow: true }],
    [['--script', 'startup'], { agent: undefined, script: 'startup' }],
    [['--generation', '1'], { generation: 1 }],
  ])('%j', async (args, expected) => {
    const { asked, app: fake } = answering();
    const { code, out } = await cli(['logs', 'api', ...args], { app: fake });
    expect(code).toBe(0);
    expect(asked).toMatchObject([expected]);
    expect(out.split('\n')).toEqual([
      '--- main: Startup Script, generation 2 ---',
      'one [2J',
      'two',
      '--- main: other, generation 2 ---',
      'three',
      '--- main: Startup Script, generation 2 ---',
      'four',
      '',
    ]);
  });

  it('one line says that there is none, apart from the answer', async () => {
    const { code, out, err } = await cli(['logs', 'api', '--agent'], { app: answering('nothing yet').app });
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: 'nothing yet\n' });
  });

  it('does not go with a build', async () => {
    const { code, err } = await cli(['logs', 'api', '--agent', '--build', '1'], { app: answering().app });
    expect(code).toBe(2);
    expect(err).toContain('belongs to no build');
  });
});
