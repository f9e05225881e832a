import { describe, expect, it } from 'vitest';
import { whileBusy } from '../../src/store/sqlite/driver.ts';

/** An attempt that is refused for `ms` of real time, as by other processes. */
function refusedFor(ms: number): () => string {
  const until = performance.now() + ms;
  return () => {
    if (performance.now() < until) throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
    return 'in';
  };
}

describe('waiting for the store', () => {
  it('gives up when nobody gets anywhere for the whole timeout', async () => {
    await expect(whileBusy(refusedFor(2000), 60, () => 'the same')).rejects.toThrow('database is locked');
  });

  it('goes on beyond the timeout as long as others get through', async () => {
    let commits = 0;
    await expect(whileBusy(refusedFor(300), 60, () => (commits += 1))).resolves.toBe('in');
    expect(commits).toBeGreaterThan(2);
  });

  it('does not wait for ever in a crowd that never ends', async () => {
    let commits = 0;
    await expect(whileBusy(refusedFor(20_000), 20, () => (commits += 1))).rejects.toThrow('database is locked');
  });

  it('passes every other failure on at once', async () => {
    const broken = (): never => {
      throw new Error('disk image is malformed');
    };
    await expect(whileBusy(broken, 10_000)).rejects.toThrow('malformed');
  });
});
