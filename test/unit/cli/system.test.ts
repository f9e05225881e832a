import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { cli, event, NOW, pool, preset, template, workspace } from './fakes.ts';

describe('events', () => {
  it('prints one line per event, from the asked time on', async () => {
    let asked: unknown;
    const events = (filter: unknown) => {
      asked = filter;
      return Promise.resolve([event]);
    };
    const { out } = await cli(['events', '--since', '1h'], { app: { audit: { events } } });
    expect(asked).toEqual({ sinceAt: NOW - 3_600_000 });
    expect(out).toBe('2026-01-02 03:03:05  claim.served  docker/GoLand: Large  api  oldest ready prebuild (ana)\n');
  });

  it('-f goes on after the last one until interrupted', async () => {
    const abort = new AbortController();
    const afters: unknown[] = [];
    const events = ({ after }: { after?: number | undefined }) => {
      afters.push(after);
      return Promise.resolve(afters.length === 1 ? [event] : afters.length === 2 ? [{ ...event, seq: 8 }] : []);
    };
    const { code, out } = await cli(['events', '-f'], {
      app: { audit: { events } },
      abort,
      onSleep: () => {
        if (afters.length === 3) abort.abort();
      },
    });
    expect(code).toBe(130);
    expect(out.trimEnd().split('\n')).toHaveLength(2);
    expect(afters.slice(0, 3)).toEqual([undefined, 7, 8]);
  });
});

describe('why', () => {
  const answers = [
    { kind: 'pool', name: 'docker/large', code: 'backoff', text: 'waiting', next: 'it tries again', untilAt: NOW + 60_000 },
    { kind: 'workspace', name: 'ana/api', code: 'ready', text: 'it is ready', next: undefined, untilAt: undefined },
    { kind: 'claim', name: 'ana/dev', code: 'in_line', text: 'it is the next', next: undefined, untilAt: NOW + 60_000 },
  ] as const;
  const why = () => Promise.resolve(answers);

  it('says what binds, when it ends, and what to do', async () => {
    const { out } = await cli(['why', 'docker'], { app: { why } });
    expect(out).toBe(
      [
        'docker/large pool, backoff',
        '  waiting (in 1m)',
        '  next: it tries again',
        'ana/api workspace, ready',
        '  it is ready',
        'ana/dev claim, in_line',
        '  it is the next (its time is over in 1m)',
        '',
      ].join('\n'),
    );
  });

  it('as JSON', async () => {
    const { out } = await cli(['why', 'docker', '--json'], { app: { why } });
    expect(JSON.parse(out)).toMatchObject([
      { kind: 'pool', code: 'backoff', untilAt: '2026-01-02T03:05:05.000Z' },
      { name: 'ana/api' },
      { kind: 'claim', code: 'in_line' },
    ]);
  });
});

describe('doctor', () => {
  it('prints findings with remedies; a problem is exit 1', async () => {
    const doctor = () =>
      Promise.resolve([
        { level: 'ok', topic: 'engine', message: 'tofu 1.12.6', remedy: undefined },
        { level: 'problem', topic: 'disk', message: '3 MB free', remedy: 'free space' },
      ] as const);
    const { code, out } = await cli(['doctor'], { app: { doctor } });
    expect(code).toBe(1);
    expect(out).toBe('ok       engine: tofu 1.12.6\nproblem  disk: 3 MB free\n         remedy: free space\n');
  });

  it('--cron prints the crontab line alone', async () => {
    const { code, out } = await cli(['doctor', '--cron'], { app: { cronLine: () => '* * * * * /usr/bin/node x reconcile' } });
    expect({ code, out }).toEqual({ code: 0, out: '* * * * * /usr/bin/node x reconcile\n' });
  });
});

describe('completion', () => {
  const app = {
    templates: {
      list: () => Promise.resolve([{ template, active: undefined, workspaces: 0, prebuilds: 0 }]),
      presets: (name?: string) =>
        Promise.resolve(
          name === 'docker'
            ? [{ organization: 'default', template: 'docker', preset, desired: 0, ready: 0, nextChange: undefined }]
            : [],
        ),
    },
    pools: { status: () => Promise.resolve([pool]) },
    workspaces: {
      list: () =>
        Promise.resolve([
          { workspace, organization: 'default', template: 'docker', version: 1, preset: undefined, liveBuild: undefined },
        ]),
    },
  };

  it.each([
    [['cl'], ['claim']],
    [
      ['template', 'p'],
      ['push', 'promote'],
    ],
    [['claim', 'd'], ['docker']],
    [['claim', 'docker', '--preset', ''], ['GoLand: Large']],
    [['claim', 'docker', '--pre'], ['--preset']],
    [
      ['--home', '/x', 'claim', '--no'],
      ['--no-cold', '--no-pool', '--no-provider-session'],
    ],
    [
      ['show', 'a'],
      ['api', 'ana/api'],
    ],
    [
      ['status', ''],
      ['docker', 'docker/GoLand: Large'],
    ],
    [['reconcile', '--pool', 'docker/'], ['docker/GoLand: Large']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['template', 'push', ''], []],
    [['nonsense', 'x'], []],
  ])('%j offers %j', async (words, offered) => {
    const { code, out, err } = await cli(['__complete', '--', ...words], { app });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n').filter((line) => line !== '')).toEqual(offered);
  });

  it('offers every command at the top', async () => {
    const words = (await cli(['__complete', '--', ''])).out.trimEnd().split('\n');
    expect(words).toEqual(expect.arrayContaining(['template', 'claim', 'reconcile', 'completion', 'help']));
    expect(words).not.toContain('__complete');
  });

  it('says nothing when the store cannot be read, or there is no home', async () => {
    expect(await cli(['__complete', '--', 'claim', ''])).toMatchObject({ code: 0, out: '', err: '' });
    const missing = await cli(['__complete', '--', 'claim', ''], { app, env: { PREBUILDS_HOME: '/nonexistent/home' } });
    expect(missing).toMatchObject({ code: 0, out: '', opened: undefined });
  });

  it.each(['bash', 'zsh', 'fish'])('the %s script asks __complete', async (shell) => {
    expect((await cli(['completion', shell])).out).toContain('prebuilds __complete --');
  });

  it('the bash script works in bash', async () => {
    const script = (await cli(['completion', 'bash'])).out;
    const test = `prebuilds() { printf '%s\\n' "GoLand: Large" small; }
${script}
COMP_WORDS=(prebuilds claim docker --preset '') COMP_CWORD=4; _prebuilds; printf '[%s]' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', test], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '[GoLand:\\ Large][small]', stderr: '' });
  });
});

describe('keeping the home', () => {
  it('backup prints the file; how much it holds goes to stderr', async () => {
    const asked: unknown[] = [];
    const backup = (...args: readonly unknown[]) => {
      asked.push(args);
      return Promise.resolve({ file: '/b/x.tar.gz', bytes: 3 << 20, takenAt: NOW, workspaces: 2, versions: 1, busy: 1 });
    };
    const app = { keep: { backup } };
    const { code, out, err } = await cli(['backup', '/b/', '--force'], { app });
    expect({ code, out, asked }).toEqual({ code: 0, out: '/b/x.tar.gz\n', asked: [['/b/', { force: true }]] });
    expect(err).toContain('2 workspaces, 1 version, 3.0 MB; 1 in the middle of a build');
    const { json } = await cli(['backup', '/b/', '--json'], { app });
    expect(json).toMatchObject({ file: '/b/x.tar.gz', takenAt: '2026-01-02T03:04:05.000Z', busy: 1 });
  });

  it('restore refuses what is no backup, and opens no application', async () => {
    const { code, err, opened } = await cli(['restore', '/nonexistent.tar.gz', '--home', '/nonexistent/home']);
    expect({ code, opened }).toEqual({ code: 2, opened: undefined });
    expect(err).toBe(
      'error: /nonexistent.tar.gz is not a whole backup of prebuilds: there is no such file\nhint: name a file that `prebuilds backup` wrote\n',
    );
  });

  it.each([
    [[], 'removed version 2 of docker, 3 claims, 1 event, the logs of 4 engine runs, 1 folder\n'],
    [['--dry-run'], 'would remove version 2 of docker, 3 claims, 1 event, the logs of 4 engine runs, 1 folder\n'],
  ])('gc %j says what goes', async (args, said) => {
    const rows = { claims: 3, workspaces: 0, events: 1, notifications: 0, samples: 0 };
    const collect = ({ dryRun }: { dryRun: boolean }) => {
      expect(dryRun).toBe(args.length > 0);
      return Promise.resolve({ versions: [{ template: 'docker', version: 2 }], rows, runs: 4, folders: 1 });
    };
    expect((await cli(['gc', ...args], { app: { keep: { collect } } })).out).toBe(said);
  });

  it.each([
    [{ level: 'warning', repairable: true }, 1],
    [{ level: 'warning', repairable: false }, 0],
    [{ level: 'repaired' }, 0],
  ] as const)('doctor --repair exits by what remains: %j', async (finding, expected) => {
    const doctor = (wish?: { repair: boolean }) => {
      expect(wish).toEqual({ repair: true });
      return Promise.resolve([{ topic: 'folders', message: 'x', remedy: undefined, ...finding }]);
    };
    expect((await cli(['doctor', '--repair'], { app: { doctor } })).code).toBe(expected);
  });
});
