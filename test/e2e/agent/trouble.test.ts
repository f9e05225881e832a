import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/kit/ids.ts';
import { until } from '../../support/cli.ts';
import { CLIENTS, inWorld, SHELLS, type Client } from './world.ts';

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/** What goes wrong between an agent and its server (agent-protocol 9). */
describe.concurrent('the agent', () => {
  it.each(CLIENTS)(
    'with %s comes back to a server that was away, runs a missed claim once and sends lost logs again',
    async (client) => {
      await inWorld({}, ['dash', client], async (world, machine) => {
        const note = join(world.folder, 'note');
        const big =
          'i=0; while [ $i -lt 2500 ]; do echo "line $i ................................................................"; i=$((i+1)); done';
        world.write({ startup: `echo "$CODER_WORKSPACE_OWNER_NAME" >>${note}; ${big}; sleep 2; echo last` });
        world.start(machine);
        await until('some log', () => (world.log('startup', 1).length > 0 ? true : undefined));
        // Between two chunks: gone, and what it knew of the log is older than what the agent believes.
        await world.down(true);
        world.shorten('startup', 1, 1000);
        await pause(3000);
        await world.up();
        await world.reached('ready', 1, 60_000);
        const whole = await until(
          'the whole log',
          () => {
            const text = world.log('startup', 1).toString();
            return text.endsWith('last\n') ? text : undefined;
          },
          60_000,
        );
        expect(lines(whole)).toHaveLength(2501);
        expect(lines(whole)[1234]).toMatch(/^line 1234 /);

        await world.down(true);
        await world.claim();
        await pause(2000);
        await world.up();
        const agent = await world.reached('ready', 2, 60_000);
        expect(agent.processKey).toBeDefined();
        expect(lines(world.file('note'))).toEqual(['prebuilds', 'bob']);
      });
    },
  );

  it.each(CLIENTS)('with %s whose script ends while nobody listens hands its log in before it says so', async (client) => {
    await inWorld({}, ['busybox', client], async (world, machine) => {
      world.write({ startup: `until [ -f ${world.folder}/go ]; do sleep 1; done; echo last; : >${world.folder}/over` });
      world.start(machine);
      await world.reached('starting', 1);
      await world.down(true);
      writeFileSync(join(world.folder, 'go'), '');
      await until('its end', () => (existsSync(join(world.folder, 'over')) ? true : undefined));
      const known: string[] = [];
      world.onAsked = (url) => {
        if (url.includes('life=ready')) known.push(world.log('startup', 1).toString());
      };
      await world.up();
      await world.reached('ready', 1);
      expect(known[0]).toBe('last\n');
    });
  });

  it.each(SHELLS)('in %s becomes ready though its log is not taken, and sends it when it is', async (shell) => {
    await inWorld({ startup: 'echo last' }, [shell, 'curl'], async (world, machine) => {
      await world.down();
      const refused: string[] = [];
      world.spoil = (request, reply, payload) => {
        if (!request.url.includes('/log?')) return Promise.resolve(payload);
        refused.push(request.url);
        reply.code(500);
        return Promise.resolve('it failed\n');
      };
      await world.up();
      world.start(machine);
      await world.reached('ready', 1);
      expect(refused.length).toBeGreaterThanOrEqual(3);
      expect(refused.length).toBeLessThan(12);
      // What was taken, though the agent was told otherwise, is what a disk that was full lacks.
      await world.down();
      world.shorten('startup', 1, 0);
      world.spoil = undefined;
      await world.up();
      await until('its log', () => (world.log('startup', 1).toString() === 'last\n' ? true : undefined), 60_000);
    });
  });

  it.each(CLIENTS)('with %s does not hang on a server that accepts and says nothing', async (client: Client) => {
    await inWorld({}, ['dash', client], async (world, machine) => {
      machine.shorten(client);
      world.start(machine);
      await world.reached('ready', 1);
      await world.down(true);
      const sockets: Socket[] = [];
      const silent = createServer((socket) => {
        socket.on('error', () => undefined);
        sockets.push(socket);
      });
      await new Promise<void>((resolve) => silent.listen(world.port, '127.0.0.1', resolve));
      await until('two tries', () => (sockets.length >= 2 ? true : undefined), 40_000);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
      await world.up();
      world.raise();
      await world.reached('ready', 2, 60_000);
    });
  });

  it.each(SHELLS)('in %s keeps its generation when a manifest is cut, and takes the next whole one', async (shell) => {
    await inWorld({ startup: 'true' }, [shell, 'curl'], async (world, machine) => {
      world.start(machine);
      await world.reached('ready', 1);
      let cut = 0;
      await world.down();
      world.spoil = async (request, _reply, payload) => {
        if (!request.url.includes('/manifest') || cut >= 2) return payload;
        cut += 1;
        // Once in the middle of a quoted value, once where it is valid sh but has no end.
        return String(payload).slice(0, cut === 1 ? String(payload).indexOf("'") + 1 : String(payload).indexOf('m_script'));
      };
      await world.up();
      world.raise();
      await world.reached('ready', 2, 60_000);
      expect(cut).toBe(2);
    });
  });

  it('tells the older of two processes that it does not count, and only the later one runs the claim', async () => {
    await inWorld({ startup: `echo x >>"$HOME/ran"` }, ['dash', 'curl'], async (world, first) => {
      world.start(first);
      const { processKey } = await world.reached('ready', 1);
      await inWorld({}, ['bash', 'wget'], async (_other, second) => {
        const child = world.start(second);
        const winner = await until('another process', async () => {
          const agent = await world.agent();
          return agent.processKey !== processKey && agent.life === 'ready' ? agent : undefined;
        });
        await until('its poll', () =>
          world.asked
            .filter((url) => url.includes(String(processKey)))
            .at(-1)
            ?.includes('/poll') === true
            ? true
            : undefined,
        );
        world.raise();
        expect((await world.reached('ready', 2)).processKey).toBe(winner.processKey);
        expect(first.lines('ran')).toBe(1);
        expect(second.lines('ran')).toBe(2);
        child.kill('SIGKILL');
      });
    });
  });

  it('waits with a new process while its workspace is being claimed, and runs the claim once', async () => {
    await inWorld({}, ['busybox', 'busybox'], async (world, machine) => {
      const note = join(world.folder, 'note');
      world.write({ startup: `echo "$CODER_WORKSPACE_OWNER_NAME" >>${note}` });
      const old = world.start(machine);
      await world.reached('ready', 1);
      await world.claim(async () => {
        old.kill('SIGKILL');
        const before = world.asked.length;
        world.start(machine);
        await until('its request', () => (world.asked.slice(before).some((url) => url.includes('/manifest')) ? true : undefined));
      });
      await world.reached('ready', 2);
      expect(lines(world.file('note'))).toEqual(['prebuilds', 'bob']);
    });
  });

  it.each(CLIENTS)('with %s that is up before its build has ended begins when it ends, without backing off', async (client) => {
    await inWorld({ startup: 'true' }, ['dash', client], async (world, machine) => {
      const [build] = await world.store.listBuilds(world.workspaceId);
      world.sql(`delete from agent; update workspace set phase = 'provisioning', row_version = row_version + 1;
        update build set state = 'applying', ended_at = null where id = '${build!.id}'`);
      world.start(machine);
      await until('its request', () => (world.asked.some((url) => url.includes('/manifest')) ? true : undefined));
      const agents = [{ name: 'main', tokenSha256: sha256(world.token) }];
      await world.store.finishBuild(build!.id, { state: 'succeeded', agents });
      await world.reached('ready', 1);
      expect(world.asked.filter((url) => url.includes('/manifest'))).toHaveLength(1);
    });
  });

  it('is missed when it is silent while the server is up, and back when it is heard', async () => {
    await inWorld({ startup: 'true' }, ['dash', 'curl'], async (world, machine) => {
      const child = world.start(machine);
      await world.reached('ready', 1);
      await world.down();
      world.lostAfterMs = 4000;
      await world.up();
      await until('two polls', () => (world.asked.filter((url) => url.includes('/poll')).length >= 3 ? true : undefined));
      expect((await world.agent()).lostAt).toBeUndefined();
      child.kill('SIGSTOP');
      const lost = await until('its loss', async () => ((await world.agent()).lostAt === undefined ? undefined : world.agent()));
      expect(lost.life).toBe('ready');
      child.kill('SIGCONT');
      await until('its return', async () => ((await world.agent()).lostAt === undefined ? true : undefined));
      const kinds = (await world.store.listEvents({ workspaceId: world.workspaceId })).map((event) => event.kind);
      expect(kinds.filter((kind) => /agent_(lost|back)/.test(kind))).toEqual(['prebuild.agent_lost', 'prebuild.agent_back']);
    });
  });

  it.each(SHELLS)('in %s lives through a build that left its machine: it counts again, and runs nothing twice', async (shell) => {
    await inWorld({ startup: 'echo x >>"$HOME/ran"' }, [shell, 'curl'], async (world, machine) => {
      world.start(machine);
      const { processKey } = await world.reached('ready', 1);
      world.sql(`update agent set process_key = null, lifecycle = 'created', seq = 0, row_version = row_version + 1`);
      expect((await world.reached('ready', 1)).processKey).toBe(processKey);
      expect(machine.lines('ran')).toBe(1);
    });
  });

  it('knows more than a restored store: nothing runs until the next claim, which is above what it has seen', async () => {
    await inWorld({ startup: 'echo x >>"$HOME/ran"' }, ['busybox', 'wget'], async (world, machine) => {
      world.start(machine);
      for (const generation of [1, 2, 3]) {
        if (generation > 1) world.raise();
        await world.reached('ready', generation);
      }
      world.sql(`update workspace set generation = 1, row_version = row_version + 1`);
      const before = world.asked.length;
      await until('two polls', () =>
        world.asked.slice(before).filter((url) => url.includes('/poll') && url.includes('gen=3')).length >= 2 ? true : undefined,
      );
      expect(machine.lines('ran')).toBe(3);
      await world.claim();
      await world.reached('ready', 4);
      expect(machine.lines('ran')).toBe(4);
    });
  });

  it('is not taken back by a report that comes late', async () => {
    await inWorld({ startup: 'true' }, ['dash', 'curl'], async (world, machine) => {
      world.start(machine);
      const { processKey, seq } = await world.reached('ready', 1);
      const late = `proc=${processKey!}&gen=1&seq=${String(seq - 1)}&life=starting`;
      const answer = await fetch(`${world.url}agent/v1/report?${late}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.token}` },
      });
      expect([answer.status, await answer.text()]).toEqual([200, 'ok\nend\n']);
      expect(await world.agent()).toMatchObject({ life: 'ready', seq });
    });
  });

  it.each(CLIENTS)('with %s is refused with a wrong token, and backs off', async (client) => {
    await inWorld({ startup: 'true' }, ['dash', client], async (world, machine) => {
      world.sql(`update agent set token_sha256 = 'x' || token_sha256`);
      world.start(machine);
      await until('three tries', () => (world.asked.filter((url) => url.includes('/manifest')).length >= 3 ? true : undefined));
      expect((await world.agent()).processKey).toBeUndefined();
      world.sql(`update agent set token_sha256 = substr(token_sha256, 2)`);
      await world.reached('ready', 1);
    });
  });
});
