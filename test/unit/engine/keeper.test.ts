import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findOnPath } from '../../../src/engine/discover.ts';
import { KEEPER, type Keeper, startKeeper } from '../../../src/engine/keeper.ts';
import { statOf } from '../../../src/engine/processes.ts';

const PATIENT = { timeout: 10_000, interval: 10 };
let root: string;
let sockets: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keeper-'));
  sockets = mkdtempSync(join(tmpdir(), 's-'));
  vi.stubEnv('TMPDIR', sockets);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
  rmSync(sockets, { recursive: true, force: true });
});

const ENV = { PATH: process.env['PATH'] ?? '' };

function provider(name: string, script: string): string {
  const path = join(root, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const lives = (pid: number): boolean => statOf(pid) !== undefined;

/** The pids of the providers and of the keeper, by the file that each provider writes. */
async function started(keeper: Keeper, providers: number): Promise<readonly number[]> {
  const pids = () => Array.from({ length: providers }, (_, index) => keeper.pid(index) ?? 0);
  await vi.waitUntil(() => pids().every((pid, index) => pid > 0 && keeper.output(index, 'out').includes('up')), PATIENT);
  return pids();
}

const parentOf = (pid: number): number =>
  Number(
    readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ')[1],
  );

describe('a keeper', () => {
  const UP = 'echo up; exec sleep 600';

  it('ends its providers when it is let go, and removes their folder', async () => {
    const keeper = await startKeeper([provider('a', UP), provider('b', UP)], root, ENV);
    const pids = await started(keeper, 2);
    expect(readdirSync(sockets)).toHaveLength(1);
    keeper.close();
    await vi.waitUntil(() => !pids.some(lives) && keeper.hasEnded() && readdirSync(sockets).length === 0, PATIENT);
  });

  it.each([
    ['before', true],
    ['after', false],
  ])('that is killed leaves nothing: %s it is let go', async (_when, first) => {
    const keeper = await startKeeper([provider('a', UP), provider('b', UP)], root, ENV);
    const pids = await started(keeper, 2);
    const shell = parentOf(pids[0] ?? 0);
    process.kill(shell, 'SIGSTOP');
    if (!first) keeper.close();
    process.kill(shell, 'SIGKILL');
    await vi.waitUntil(() => keeper.hasEnded(), PATIENT);
    if (first) {
      // A run may still need them.
      expect(pids.every(lives)).toBe(true);
      expect(keeper.hold.destroyed).toBe(true);
      keeper.close();
    }
    await vi.waitUntil(() => !pids.some(lives) && readdirSync(sockets).length === 0, PATIENT);
  });

  it('says why it cannot begin, and leaves no folder', async () => {
    await expect(startKeeper([provider('a', UP)], join(root, 'nowhere'), ENV)).rejects.toThrow(/ENOENT/);
    expect(readdirSync(sockets)).toStrictEqual([]);
  });
});

const SHELLS = [
  ['dash', []],
  ['bash', []],
  ['busybox', ['sh']],
] as const;

describe.each(SHELLS)('its script in %s', (name, words) => {
  const shell = findOnPath(name, process.env['PATH']);

  it.skipIf(shell === undefined)('ends for no signal, no ended provider and no TMOUT, but with its input', async () => {
    const folder = join(root, 'kept');
    mkdirSync(folder);
    const told = 'echo "up $TMOUT $pb_folder."; exec sleep 600';
    const args = [...words, '-c', KEEPER, 'sh', folder, provider('a', told), provider('b', 'echo up')];
    const keeper = spawn(shell ?? '', args, {
      argv0: words.length > 0 ? name : 'sh',
      env: { ...ENV, TMOUT: '1' },
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = once(keeper, 'exit');
    const said = (file: string) => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : '');
    await vi.waitUntil(() => said('0.out').includes('up') && said('1.pid') !== '', PATIENT);
    expect(said('0.out')).toBe('up 1 .\n');
    const pid = Number(readFileSync(join(folder, '0.pid'), 'utf8'));
    // The traps are set once the loop is over.
    await wait(100);
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGCHLD'] as const) keeper.kill(signal);
    await wait(1300);
    expect(lives(pid)).toBe(true);
    keeper.stdin.destroy();
    await ended;
    expect(lives(pid)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });
});
