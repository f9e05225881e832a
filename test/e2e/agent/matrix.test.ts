import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exited } from '../../support/cli.ts';
import { CLIENTS, inWorld, SHELLS } from './world.ts';

const MATRIX = SHELLS.flatMap((shell) => CLIENTS.map((client) => [shell, client] as const));

/** The whole life of an agent, in each shell with each client (agent-protocol 9). */
describe.concurrent('the agent', () => {
  it.each(MATRIX)('%s with %s', async (shell, client) => {
    await inWorld({}, [shell, client], async (world, machine) => {
      const note = join(world.folder, 'note');
      const machinery = (owner: string) => ({
        env: { OWNER: owner, QUOTED: `it's "$100" \\ \`x\` é`, PATH: `/opt/extra:$PATH` },
        dir: '$HOME',
        startup: `echo "$CODER_WORKSPACE_AGENT_NAME gen $OWNER $QUOTED \${PATH%%:*} $PWD" >>${note}; sleep 1; printf 'a\\000b\\377c\\n'`,
        shutdown: `echo "stop $OWNER" >>${note}; echo "bye $OWNER"`,
      });
      world.write(machinery('pool'));
      // What the server knows of the log when it hears that its script has ended.
      const whole: Buffer[] = [];
      world.onAsked = (url) => {
        const generation = Number(/&gen=(\d+)/.exec(url)?.[1]);
        if (url.includes('/report?') && url.includes('life=ready')) whole.push(world.log('startup', generation));
      };
      const child = world.start(machine);
      await world.reached('starting', 1);
      const ready = await world.reached('ready', 1);
      expect(ready.results).toMatchObject([{ id: 'startup', exit: 0 }]);
      expect(ready.results[0]!.seconds).toBeGreaterThanOrEqual(1);
      const line = (owner: string) => `main gen ${owner} it's "$100" \\ \`x\` é /opt/extra ${machine.folder}\n`;
      expect(world.file('note')).toBe(line('pool'));
      const log = Buffer.from('a?b\xffc\n', 'latin1');
      expect(whole).toEqual([log]);

      for (let generation = 2; generation <= 4; generation += 1) {
        world.write(machinery(`owner${String(generation)}`));
        world.raise();
        await world.reached('ready', generation);
      }
      expect(whole).toEqual([log, log, log, log]);
      expect(world.file('note')).toBe(line('pool') + line('owner2') + line('owner3') + line('owner4'));

      // No request of any kind shows the token to others.
      for (const { command } of world.processes()) expect(command).not.toContain(world.token);
      expect(world.asked.join()).not.toContain(world.token);

      child.kill('SIGTERM');
      expect(await exited(child)).toBe(0);
      expect((await world.agent()).life).toBe('off');
      expect(world.log('shutdown', 4).toString()).toBe('bye owner4\n');
      expect(world.file('note')).toMatch(/stop owner4\n$/);
      await world.alone();
      expect(readdirSync(machine.tmp)).toEqual([]);
    });
  });
});
