import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { classify } from '../../../src/engine/diagnostics.ts';
import type { EngineEvent, RunResult, RunSpec } from '../../../src/engine/engine.ts';
import { parseStat, RUN_MARKER, statOf } from '../../../src/engine/processes.ts';
import { createEngineRunner } from '../../../src/engine/runner.ts';
import { findFlock } from '../../../src/engine/wrapper.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { silentLogger } from '../../../src/kit/logger.ts';
import { bootId } from '../../../src/kit/process.ts';

const FAKE = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'bin', 'fake-engine');
const runner = createEngineRunner({ clock: systemClock, logger: silentLogger });

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'runner-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

const spec = (behaviour: Record<string, string> = {}, more: Partial<RunSpec> = {}): RunSpec => ({
  runId: `run-${root.slice(-6)}`,
  folder: join(root, 'run'),
  cwd: root,
  engine: { kind: 'terraform', path: FAKE, version: '1.11.4' },
  args: ['apply', '-json', 'a b', '$HOME'],
  env: { PATH: process.env['PATH'] ?? '', ...behaviour },
  ...more,
});
const line = JSON.stringify({ type: 'log', '@message': 'hello' });
const file = (name: string) => join(root, 'run', name);

describe('run', () => {
  it('records intent, identities and exit in the folder, and tells events as they come', async () => {
    const events: EngineEvent[] = [];
    const result = await runner.run(
      spec({ FAKE_ENGINE_STDOUT: line, FAKE_ENGINE_EXIT: '7' }, { onEvent: (event) => events.push(event) }),
    );
    expect(result).toMatchObject({ exitCode: 7, interrupted: false, events: [{ type: 'log', message: 'hello' }] });
    expect(events).toStrictEqual(result.events);
    expect(JSON.parse(readFileSync(file('intent.json'), 'utf8'))).toMatchObject({
      format: 1,
      runId: spec().runId,
      bootId: bootId(),
      engine: FAKE,
      args: ['apply', '-json', 'a b', '$HOME'],
    });
    const [wrapper, engine] = ['wrapper', 'engine'].map((name) => parseStat(readFileSync(file(name), 'utf8')));
    expect(wrapper?.pid).not.toBe(engine?.pid);
    expect(wrapper?.session).toBe(engine?.session);
    expect(wrapper?.session).not.toBe(statOf(process.pid)?.session);
    expect(readFileSync(file('exit'), 'utf8').trim()).toBe('7');
    expect(existsSync(file('exit.tmp'))).toBe(false);
  });

  it('makes a diagnostic of what an engine says in plain text only', async () => {
    const result = await runner.run(
      spec({ FAKE_ENGINE_EXIT: '1', FAKE_ENGINE_STDERR: '╷\n│ Error: Failed to parse flags\n│ \n│ not defined: -x\n╵' }),
    );
    expect(result.diagnostics.map((one) => one.summary)).toStrictEqual(['Failed to parse flags: not defined: -x']);
    expect(classify(result)).toMatchObject({ errorClass: 'environment', message: 'Failed to parse flags: not defined: -x' });
  });

  it('an engine that is not there is a result like any other', async () => {
    const result = await runner.run(spec({}, { engine: { kind: 'tofu', path: join(root, 'gone'), version: '1.6.0' } }));
    expect(result.exitCode).toBe(127);
    expect(result.diagnostics[0]?.summary).toMatch(/gone.*not found/);
  });

  it('a folder that is not there is an error that names it', async () => {
    await expect(runner.run(spec({}, { cwd: join(root, 'gone') }))).rejects.toMatchObject({
      code: 'run_not_started',
      exitCode: 3,
    });
  });

  it('an abort before the start leaves nothing', async () => {
    await expect(runner.run(spec({}, { signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: 'interrupted' });
    expect(existsSync(file('intent.json'))).toBe(false);
  });

  it('works without flock, or with one that knows no exit code of its own', async () => {
    expect(findFlock(process.env['PATH'])).toMatch(/flock$/);
    const bin = join(root, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'busybox'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    symlinkSync('busybox', join(bin, 'flock'));
    vi.stubEnv('PATH', `${bin}:${process.env['PATH'] ?? ''}`);
    expect(findFlock(process.env['PATH'])).toBeUndefined();
    const without = createEngineRunner({ clock: systemClock, logger: silentLogger });
    expect((await without.run(spec())).exitCode).toBe(0);
    expect(existsSync(file('lock'))).toBe(false);
  });
});

describe('a deaf engine', () => {
  it('gets one SIGINT, then after the time allowed an unclean mark and SIGKILL', async () => {
    const control = new AbortController();
    const events: EngineEvent[] = [];
    const onEvent = (event: EngineEvent) => {
      events.push(event);
      control.abort();
    };
    const killed = await runner.run(
      spec({ FAKE_ENGINE_DEAF: '1', FAKE_ENGINE_STDOUT: line }, { signal: control.signal, killAfterMs: 150, onEvent }),
    );
    expect(killed).toMatchObject({ exitCode: 137, interrupted: true });
    expect(killed.durationMs).toBeGreaterThanOrEqual(150);
    expect(existsSync(file('unclean'))).toBe(true);
    expect(runner.isRunAlive(join(root, 'run'))).toBe(false);
  });
});

describe('adopt and isRunAlive', () => {
  const intent = (boot: string) => {
    mkdirSync(join(root, 'run'), { recursive: true });
    const text = JSON.stringify({
      format: 1,
      runId: spec().runId,
      bootId: boot,
      engine: FAKE,
      args: [],
      cwd: root,
      createdAt: 1,
    });
    writeFileSync(file('intent.json'), text);
  };
  const own = () => readFileSync('/proc/self/stat', 'utf8');

  const engineIs = (stat: string, boot = bootId()) => {
    intent(boot);
    writeFileSync(file('engine'), stat);
  };
  const exitIs = (text: string) => {
    engineIs(own());
    writeFileSync(file('exit'), text);
  };
  const later = () => own().replace(` ${String(statOf(process.pid)?.startTicks)} `, ' 1 ');
  const rows: readonly (readonly [string, () => void, boolean])[] = [
    ['no folder at all', () => undefined, false],
    [
      'an intent and nothing else',
      () => {
        intent(bootId());
      },
      false,
    ],
    [
      'a live process of this boot',
      () => {
        engineIs(own());
      },
      true,
    ],
    [
      'the same pid before a reboot',
      () => {
        engineIs(own(), 'other');
      },
      false,
    ],
    [
      'a pid that somebody else has by now',
      () => {
        engineIs(later());
      },
      false,
    ],
    [
      'a live process, but an exit',
      () => {
        exitIs('0\n');
      },
      false,
    ],
    [
      'a live process and a torn exit',
      () => {
        exitIs('');
      },
      true,
    ],
  ];
  it.each(rows)('%s', (_name, prepare, alive) => {
    prepare();
    expect(runner.isRunAlive(join(root, 'run'))).toBe(alive);
  });

  it('a run whose wrapper has not written anything yet is found by its marker', async () => {
    intent(bootId());
    const start = async (argument: string) => {
      const child = spawn('/bin/sh', ['-c', 'read x', 'sh', argument], { env: { [RUN_MARKER]: spec().runId }, stdio: 'pipe' });
      await once(child, 'spawn');
      return child;
    };
    const stranger = await start(root);
    expect(runner.isRunAlive(join(root, 'run'))).toBe(false);
    const wrapper = await start(join(root, 'run'));
    expect(runner.isRunAlive(join(root, 'run'))).toBe(true);
    for (const child of [stranger, wrapper]) {
      child.stdin.end('\n');
      await once(child, 'exit');
    }
    expect(runner.isRunAlive(join(root, 'run'))).toBe(false);
  });

  it('a run of which nobody is left has no exit code', async () => {
    intent(bootId());
    writeFileSync(file('stdout'), `${line}\n{"type":"lo`);
    const result = await runner.adopt('r', join(root, 'run'));
    expect(result).toMatchObject({ runId: 'r', exitCode: undefined, events: [{ type: 'log', message: 'hello' }] });
  });

  it('waiting can be given up; the run goes on', async () => {
    let running: Promise<RunResult> | undefined;
    await new Promise<void>((resolve) => {
      const onEvent = () => {
        resolve();
      };
      running = runner.run(spec({ FAKE_ENGINE_DEAF: '1', FAKE_ENGINE_STDOUT: line }, { onEvent }));
    });
    const control = new AbortController();
    const waiting = runner.adopt('r', join(root, 'run'), control.signal);
    control.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    expect(runner.isRunAlive(join(root, 'run'))).toBe(true);
    await runner.interrupt(join(root, 'run'), 0);
    expect(await running).toMatchObject({ exitCode: 137, interrupted: true });
  });
});

it('parseStat reads a name with blanks and parentheses', () => {
  expect(parseStat('42 (a) (b c) S 1 42 41 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 777 1 1')).toStrictEqual({
    pid: 42,
    state: 'S',
    session: 41,
    startTicks: 777,
  });
  expect(parseStat('')).toBeUndefined();
});
