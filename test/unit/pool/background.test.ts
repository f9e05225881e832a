import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/kit/logger.ts';
import { createBackground } from '../../../src/pool/background.ts';

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });

describe('work in the background of a pass', () => {
  it('is started once per key, and forgotten when it ends', async () => {
    const background = createBackground(silentLogger, undefined);
    let starts = 0;
    let finish: () => void = () => undefined;
    const work = () => {
      starts += 1;
      return new Promise<void>((resolve) => (finish = resolve));
    };
    background.run('a', work);
    background.run('a', work);
    expect({ starts, has: background.has('a'), going: background.work().length }).toEqual({ starts: 1, has: true, going: 1 });
    const [going] = background.work();
    finish();
    await going;
    expect({ has: background.has('a'), going: background.work().length }).toEqual({ has: false, going: 0 });
  });

  it('is aborted and awaited at the end of the pass, and by an interrupt', async () => {
    const outer = new AbortController();
    const background = createBackground(silentLogger, outer.signal);
    const ended: string[] = [];
    for (const key of ['a', 'b']) background.run(key, (signal) => untilAborted(signal).then(() => void ended.push(key)));
    await background.end();
    expect(ended).toEqual(['a', 'b']);
    const other = createBackground(silentLogger, outer.signal);
    other.run('c', (signal) => untilAborted(signal).then(() => void ended.push('c')));
    outer.abort();
    await Promise.all(other.work());
    expect(ended).toEqual(['a', 'b', 'c']);
  });

  it('logs what fails, and goes on', async () => {
    const errors: string[] = [];
    const background = createBackground(
      { ...silentLogger, error: (_, fields) => void errors.push(String(fields?.['error'])) },
      undefined,
    );
    background.run('a', () => Promise.reject(new Error('no luck')));
    await Promise.all(background.work());
    expect(errors).toEqual(['no luck']);
  });
});
