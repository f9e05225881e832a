import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { canAnimate, colorLevel } from '../../../src/cli/io.ts';
import { liveProgress } from '../../../src/cli/progress-live.ts';
import { renderTable } from '../../../src/cli/render/table.ts';
import { age, until } from '../../../src/cli/render/time.ts';
import { listenForSignals } from '../../../src/cli/signals.ts';
import { cli } from './fakes.ts';

describe('colours and animation', () => {
  it.each([
    [{}, true, 1],
    [{}, false, 0],
    [{ NO_COLOR: '1' }, true, 0],
    [{ NO_COLOR: '' }, true, 1],
    [{ FORCE_COLOR: '1' }, false, 1],
    [{ FORCE_COLOR: '0' }, true, 0],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, 1],
    [{ TERM: 'dumb' }, true, 0],
    [{ CI: 'true' }, true, 1],
  ])('%j on a terminal %s: level %i', (env, tty, level) => {
    expect(colorLevel(env, tty)).toBe(level);
  });

  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ CI: 'true' }, true, false],
    [{ CI: 'false' }, true, true],
    [{ TERM: 'dumb' }, true, false],
    [{ NO_COLOR: '1' }, true, true],
  ])('%j on a terminal %s animates: %s', (env, tty, expected) => {
    expect(canAnimate(env, tty, 80)).toBe(expected);
    expect(canAnimate(env, tty, undefined)).toBe(false);
  });

  it('an error is coloured when asked, and plain otherwise', async () => {
    expect((await cli(['nope'], { env: { NO_COLOR: '', FORCE_COLOR: '1' } })).err).toContain('\u001b[31merror:\u001b[39m');
    expect((await cli(['nope'])).err).toMatch(/^error: /);
  });
});

describe('tables', () => {
  const bare = { width: undefined, head: (text: string) => text };

  it('line up, right-align numbers, drop empty columns, and hold no control characters', () => {
    const columns = [{ head: 'NAME' }, { head: 'N', right: true }, { head: 'NOTE' }];
    const rows = [
      ['a\nb', '5', ''],
      ['long name', '12', ''],
    ];
    expect(renderTable(columns, rows, bare)).toBe(['NAME        N', 'a b         5', 'long name  12'].join('\n'));
  });

  it('are empty without rows', () => {
    expect(renderTable([{ head: 'A' }], [], bare)).toBe('');
  });

  it.each([20, 40, 60, 200])('fit %i columns, shortening the widest first', (width) => {
    const rows = [['short', 'x'.repeat(80)]];
    const lines = renderTable([{ head: 'A' }, { head: 'B' }], rows, { ...bare, width }).split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    expect(lines[1]).toContain('short');
  });
});

describe('times', () => {
  it.each([
    [0, '0s'],
    [4_999, '4s'],
    [59_999, '59s'],
    [180_000, '3m'],
    [2 * 86_400_000, '2 days'],
    [-5_000, '0s'],
  ])('%i ms ago is %s', (ms, text) => {
    expect(age(1_000_000_000, 1_000_000_000 - ms)).toBe(text);
  });

  it('a time that has come is now', () => {
    expect(until(10, 10)).toBe('now');
    expect(until(0, 3_600_000)).toBe('in 1h');
  });
});

describe('signals', () => {
  const listening = () => {
    const source = new EventEmitter();
    const said: string[] = [];
    const exits: number[] = [];
    const signals = listenForSignals(
      source,
      (text) => said.push(text),
      (code) => exits.push(code),
    );
    return { source, said, exits, signals };
  };

  it('the first one asks to stop, the second one ends', () => {
    const { source, said, exits, signals } = listening();
    expect(signals.signal.aborted).toBe(false);
    source.emit('SIGINT');
    expect(signals.signal.aborted).toBe(true);
    expect(signals.received()).toBe('SIGINT');
    expect({ said, exits }).toEqual({ said: ['stopping; press Ctrl-C again to leave at once\n'], exits: [] });
    source.emit('SIGTERM');
    expect(exits).toEqual([130]);
  });

  it('says which signal it was that nobody pressed', () => {
    const { source, said } = listening();
    source.emit('SIGTERM');
    expect(said).toEqual(['stopping: SIGTERM\n']);
  });

  it('belong to the child while they are held', async () => {
    const { source, signals, exits } = listening();
    await signals.held(() => {
      source.emit('SIGINT');
      source.emit('SIGINT');
      return Promise.resolve();
    });
    expect(signals.signal.aborted).toBe(false);
    expect(exits).toEqual([]);
    source.emit('SIGINT');
    expect(signals.signal.aborted).toBe(true);
  });
});

describe('live progress', () => {
  it('draws running builds, leaves a line for each ended one, and stops', async () => {
    const stream = Object.assign(new PassThrough(), {
      isTTY: true,
      columns: 80,
      rows: 24,
      cursorTo: () => true,
      clearLine: () => true,
      moveCursor: () => true,
    });
    let drawn = '';
    stream.on('data', (chunk: Buffer) => {
      drawn += chunk.toString();
    });
    let ended = '';
    const progress = liveProgress({
      io: {
        out: () => undefined,
        err: (text) => {
          ended += text;
        },
        outTty: true,
        errTty: true,
        outColumns: 80,
        errColumns: 80,
        errStream: stream,
      },
      clock: {
        now: () => 0,
        monotonic: () => 0,
        sleep: (_ms, signal) =>
          new Promise((resolve) => {
            signal?.addEventListener('abort', () => {
              resolve();
            });
          }),
      },
      style: new Chalk({ level: 0 }),
      mode: 'live',
      title: 'reconciling',
    });
    const base = { buildId: 'b', workspace: 'prebuild-a', template: 't', transition: 'start', stage: 'create' } as const;
    progress.step('filling');
    progress.build({ ...base, step: 'applying', resource: 'docker_container.x', elapsedMs: 12_000 });
    progress.build({ ...base, step: 'done', elapsedMs: 15_000 });
    progress.build({ ...base, step: 'applying', resource: 'late', elapsedMs: 15_000 });
    progress.build({ ...base, step: 'done', elapsedMs: 15_000 });
    await progress.stop();
    expect(ended).toBe('✔ prebuild-a  create  done  15s\n');
    expect(drawn).not.toContain('late');
    expect(drawn).toContain('reconciling');
  });
});
