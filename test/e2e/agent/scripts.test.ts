import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exited, until } from '../../support/cli.ts';
import { inWorld, SHELLS, type World } from './world.ts';

/** Results by the name of the script. */
async function results(world: World, names: readonly string[], life: 'ready' | 'start_error' | 'start_timeout', generation = 1) {
  const agent = await world.reached(life, generation);
  const ids = names.map((name) => world.idOf(name));
  return Object.fromEntries(agent.results.map((one) => [names[ids.indexOf(one.id)] ?? one.id, one.exit]));
}

/** What scripts need and do (agent-protocol 9). */
describe.concurrent('scripts', () => {
  it.each(SHELLS.flatMap((shell) => [[shell, 'with'] as const, [shell, 'without'] as const]))(
    'in %s, %s setsid: a limit ends a script and its children, and leaves the daemons of others',
    async (shell, setsid) => {
      const scripts = {
        stubborn: {
          start: true,
          timeout: 1,
          text: `trap '' TERM\n(trap '' TERM; while :; do sleep 1; done) &\nwhile :; do sleep 1; done`,
        },
        daemon: { start: true, text: `sleep 611 </dev/null >/dev/null 2>&1 &\nexit 0` },
      };
      await inWorld(
        { scripts },
        [shell, 'curl'],
        async (world, machine) => {
          world.start(machine);
          expect(await results(world, ['stubborn', 'daemon'], 'start_timeout')).toEqual({ stubborn: 'timeout', daemon: 0 });
          await until(
            'no child',
            () =>
              world.processes().some((one) => one.command.endsWith('.sh') && one.command.includes(world.idOf('stubborn')))
                ? undefined
                : true,
            5000,
          );
          expect(world.processes().map((one) => one.command)).toContain('sleep 611');
        },
        { without: setsid === 'with' ? [] : ['setsid'] },
      );
    },
  );

  it.each(SHELLS)('in %s: scripts that end at once are over at once, whatever their limit', async (shell) => {
    const names = Array.from({ length: 60 }, (_, at) => `quick${String(at)}`);
    const scripts = Object.fromEntries(names.map((name) => [name, { start: true, timeout: 600, text: '#!/bin/true' }]));
    await inWorld({ scripts }, [shell, 'curl'], async (world, machine) => {
      const child = world.start(machine);
      expect(await results(world, names, 'ready')).toEqual(Object.fromEntries(names.map((name) => [name, 0])));
      child.kill('SIGTERM');
      expect(await exited(child)).toBe(0);
      await world.alone();
    });
  });

  it.each(SHELLS)('in %s: interpreters are found by name, indented, and their absence is said', async (shell) => {
    const scripts = {
      missing: { start: true, text: '#!/nonexist/nobash -e\necho never' },
      indented: { start: true, text: '\n   \n    #!/bin/sh -e\n    false\n    echo never' },
      env: { start: true, text: '#!/nonexist/env sh\necho env' },
      far: { start: true, text: '#!/nonexist/bin/sh\necho far' },
      spaced: { start: true, text: '#! /bin/sh\necho spaced' },
      plain: { start: true, text: 'echo plain' },
    };
    await inWorld({ scripts }, [shell, 'curl'], async (world, machine) => {
      world.start(machine);
      expect(await results(world, Object.keys(scripts), 'start_error')).toEqual({
        missing: 127,
        indented: 1,
        env: 0,
        far: 0,
        spaced: 0,
        plain: 0,
      });
      await until('its log', () => (world.log(world.idOf('missing'), 1).length > 0 ? true : undefined));
      expect(world.log(world.idOf('missing'), 1).toString()).toBe(
        'prebuilds: this script needs nobash, which is not installed here\n',
      );
    });
  });

  it.each(SHELLS)(
    'in %s: bad names and long values are left out, long scripts are fetched, log paths are kept',
    async (shell) => {
      const long = `# ${'x'.repeat(150_000)}\necho "fetched $GOOD \${LONG:-none}"`;
      const machinery = {
        env: { 'a.b': 'x', UID: '0', OPTIND: 'x', IFS: 'x', LONG: 'y'.repeat(140_000), GOOD: 'good' },
        scripts: {
          long: { start: true, text: long },
          logged: { start: true, text: 'echo to my own file', logPath: '~/my.log' },
        },
        dir: '~/nowhere',
      };
      await inWorld(machinery, [shell, 'curl'], async (world, machine) => {
        world.start(machine);
        expect(await results(world, ['long', 'logged'], 'ready')).toEqual({ long: 0, logged: 0 });
        const text = await until('its log', () => /fetched.*\n/.exec(world.log(world.idOf('long'), 1).toString())?.[0]);
        expect(text).toBe('fetched good none\n');
        expect(world.log(world.idOf('long'), 1).toString()).toContain(`there is no folder ${machine.folder}/nowhere`);
        expect(readFileSync(join(machine.folder, 'my.log'), 'utf8')).toContain('to my own file');
        await until('the other log', () => (world.log(world.idOf('logged'), 1).includes('to my own file') ? true : undefined));
      });
    },
  );

  it.each(SHELLS)('in %s: a claim ends scripts that still run, without stop scripts', async (shell) => {
    await inWorld({}, [shell, 'wget'], async (world, machine) => {
      const note = join(world.folder, 'note');
      world.write({
        startup: `echo "begin $CODER_WORKSPACE_OWNER_NAME" >>${note}; sleep 600; echo never >>${note}`,
        shutdown: `echo stop >>${note}`,
      });
      world.start(machine);
      await until('its start', () => (world.file('note') === '' ? undefined : true));
      await world.reached('starting', 1);
      world.write({ startup: `echo "all $CODER_WORKSPACE_OWNER_NAME" >>${note}`, shutdown: `echo stop >>${note}` });
      await world.claim();
      await world.reached('ready', 2);
      expect(world.file('note')).toBe('begin prebuilds\nall bob\n');
      expect(world.processes().map((one) => one.command)).not.toContain('sleep 600');
    });
  });

  it.each(SHELLS)('in %s: TERM during a script ends it, runs the stop scripts and leaves nothing', async (shell) => {
    await inWorld({}, [shell, 'curl'], async (world, machine) => {
      const note = join(world.folder, 'note');
      world.write({ startup: 'sleep 600', scripts: { bye: { stop: true, text: `sleep 1; echo bye >>${note}` } } });
      const child = world.start(machine);
      await world.reached('starting', 1);
      child.kill('SIGTERM');
      expect(await exited(child)).toBe(0);
      expect(world.file('note')).toBe('bye\n');
      expect(await world.agent()).toMatchObject({ life: 'off', results: [{ id: world.idOf('bye'), exit: 0 }] });
      await world.alone();
    });
  });

  it.each(SHELLS)(
    'in %s: the server says stop, also to an agent that no signal reaches, and the agent begins anew when it is not taken away',
    async (shell) => {
      await inWorld({}, [shell, 'curl'], async (world, machine) => {
        const note = join(world.folder, 'note');
        world.write({ startup: `echo start >>${note}`, shutdown: `echo stop >>${note}; sleep 1` });
        // A wrapper stands between signals and the agent.
        const input = `x=1; sh ${join(machine.folder, 'loader')}; echo wrapped`;
        const child = world.start(machine, { args: ['-c', input] });
        await world.reached('ready', 1);
        await world.claim();
        const { processKey } = await world.reached('ready', 2);
        child.kill('SIGTERM');
        const asked = world.clock();
        world.sql(`update workspace set phase = 'stopping' where id = '${world.workspaceId}'`);
        await world.reached('shutting_down', 2);
        expect(world.clock() - asked).toBeLessThan(3000);
        await world.reached('off', 2);
        expect(world.file('note')).toBe('start\nstart\nstop\n');
        world.sql(`update workspace set phase = 'ready' where id = '${world.workspaceId}'`);
        const again = await until('a new process', async () => {
          const agent = await world.agent();
          return agent.processKey !== processKey && agent.life === 'ready' ? agent : undefined;
        });
        expect(again.generation).toBe(2);
        expect(world.file('note')).toBe('start\nstart\nstop\nstart\n');
      });
    },
  );

  it.each(SHELLS)('in %s: metadata comes as the mode says, with its limits; the coder command answers', async (shell) => {
    const metadata = [
      { key: 'cpu', script: 'coder stat cpu', interval: 1, timeout: 5 },
      { key: 'mem', script: 'coder stat mem --host', interval: 60, timeout: 5 },
      { key: 'disk', script: 'coder stat disk --path /', interval: 60, timeout: 5 },
      { key: 'two', script: "printf 'a\\nb\\033[31mc'", interval: 60, timeout: 5 },
      { key: 'slow', script: 'sleep 30', interval: 60, timeout: 1 },
      { key: 'other', script: 'coder external-auth access-token github', interval: 60, timeout: 5 },
    ];
    await inWorld({ metadata }, [shell, 'curl'], async (world, machine) => {
      world.start(machine);
      await world.reached('ready', 1);
      const values = await until('values', () => (world.values().size === metadata.length ? world.values() : undefined));
      expect(values.get('cpu')).toMatchObject({
        exit: 0,
        value: expect.stringMatching(/^\d+\.\d\/\d+(\.\d)? cores \(\d+%\)$/) as string,
      });
      expect(values.get('mem')).toMatchObject({
        exit: 0,
        value: expect.stringMatching(/^\d+\.\d\/\d+\.\d GiB \(\d+%\)$/) as string,
      });
      expect(values.get('disk')).toMatchObject({
        exit: 0,
        value: expect.stringMatching(/^\d+\.\d\/\d+\.\d GiB \(\d+%\)$/) as string,
      });
      expect(values.get('two')).toMatchObject({ exit: 0, value: 'a bc' });
      expect(values.get('slow')).toMatchObject({ exit: 'timeout' });
      expect(values.get('other')).toMatchObject({ exit: 1, value: expect.stringContaining('not served by prebuilds') as string });
      // Stock is measured every ten minutes; a claimed workspace at its own intervals.
      const sent = () => world.asked.filter((url) => url.includes('/meta')).length;
      expect(sent()).toBe(1);
      await world.claim();
      await until('more values', () => (sent() >= 4 ? true : undefined));
    });
  });

  it('measures nothing for a fleet', async () => {
    const metadata = [{ key: 'one', script: 'echo 1', interval: 1, timeout: 1 }];
    await inWorld({ metadata }, ['dash', 'curl'], async (world, machine) => {
      await world.down();
      world.meta = false;
      await world.up();
      world.start(machine);
      await world.reached('ready', 1);
      await world.claim();
      await world.reached('ready', 2);
      await until('two polls', () => (world.asked.filter((url) => url.includes('gen=2')).length >= 4 ? true : undefined));
      expect(world.asked.filter((url) => url.includes('/meta'))).toEqual([]);
    });
  });

  it.each(SHELLS)('in %s: a service without HOME and USER gets those of its user', async (shell) => {
    await inWorld({}, [shell, 'curl'], async (world, machine) => {
      const note = join(world.folder, 'note');
      world.write({ startup: `echo "$HOME $USER $PWD" >>${note}` });
      world.start(machine, { home: undefined });
      await world.reached('ready', 1);
      const { homedir, username } = userInfo();
      expect(world.file('note')).toBe(`${homedir} ${username} ${homedir}\n`);
    });
  });

  it.each(SHELLS)('in %s: units wait for each other, anew in each generation', async (shell) => {
    await inWorld({}, [shell, 'curl'], async (world, machine) => {
      const note = join(world.folder, 'note');
      world.write({
        scripts: {
          late: {
            start: true,
            text: `coder exp sync want late early && coder exp sync start late --timeout 20s && echo late >>${note}`,
          },
          early: { start: true, text: `sleep 1; echo early >>${note}; coder exp sync complete early` },
          odd: { start: true, text: 'coder exp sync want ../x y || coder ssh x || exit 0' },
        },
      });
      world.start(machine);
      await world.reached('ready', 1);
      world.raise();
      await world.reached('ready', 2);
      expect(world.file('note')).toBe('early\nlate\nearly\nlate\n');
    });
  });

  it.each(SHELLS)('in %s as pid 1: no zombie stays', async (shell) => {
    const text = `(sleep 1; exit 0) </dev/null >/dev/null 2>&1 &\n(sh -c 'sleep 2 & sleep 2 &') &\nexit 0`;
    await inWorld({ startup: text }, [shell, 'curl'], async (world, machine) => {
      const sh = join(machine.bin, 'sh');
      world.start(machine, {
        command: ['/usr/bin/unshare', '-pf', '--mount-proc', '--kill-child', sh, join(machine.folder, 'loader')],
      });
      await world.reached('ready', 1);
      await until('the orphans', () => (world.processes().some((one) => one.command === 'sleep 2') ? undefined : true));
      await until('two polls', () => (world.asked.filter((url) => url.includes('life=ready')).length >= 3 ? true : undefined));
      expect(world.zombies()).toEqual([]);
    });
  });
});

/** Where templates put the loader (agent-protocol 2). */
describe.concurrent('placements', () => {
  const placed: Readonly<Record<string, (world: World, loader: string) => { args?: string[]; input?: string }>> = {
    'single quotes below sh -c': (_world, text) => ({ args: ['-c', `sh -c '${text}'`] }),
    'base64 to the input of sh': (_world, text) => ({
      args: ['-c', `echo ${Buffer.from(text).toString('base64')} | /usr/bin/base64 -d | sh`],
    }),
    'the input of sh': (_world, text) => ({ input: text }),
    'inside a script with its own EXIT trap': (world, text) => ({
      args: ['-c', `trap 'touch ${join(world.folder, 'trapped')}' EXIT\n  ${text}\necho after`],
    }),
    'below set -eu': (_world, text) => ({ args: ['-euc', text] }),
    'after an export': (_world, text) => ({ args: ['-c', `export X="..";\n${text}`] }),
    'a here-document': (world, text) => {
      const file = join(world.folder, 'here');
      writeFileSync(file, '');
      return { args: ['-c', `cat << 'EOF' > ${file}\n${text}\nEOF\nsh ${file}`] };
    },
  };
  it.each(Object.keys(placed))('%s', async (name) => {
    await inWorld({ startup: 'cat; echo done' }, ['dash', 'curl'], async (world, machine) => {
      world.start(machine, placed[name]!(world, world.loader));
      expect((await world.reached('ready', 1)).results).toMatchObject([{ exit: 0 }]);
      expect(existsSync(join(world.folder, 'trapped'))).toBe(false);
    });
  });
});
