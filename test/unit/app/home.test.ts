import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ensureHome } from '../../../src/app/home.ts';

describe('the home folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prebuilds-home-test-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is made with its parents, for its owner alone, and found again', () => {
    const home = join(folder, 'a', 'b');
    ensureHome(home);
    ensureHome(home);
    expect([statSync(home).mode & 0o777, statSync(join(folder, 'a')).mode & 0o777]).toEqual([0o700, 0o700]);
  });

  it('is refused where none can be: below /proc, at a file, behind a link to nowhere', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const link = join(folder, 'link');
    symlinkSync(join(folder, 'nowhere'), link);
    for (const home of ['/proc/prebuilds', file, join(file, 'home'), link, join(link, 'home')]) {
      expect(() => {
        ensureHome(home);
      }).toThrow(`cannot make the home folder ${home}: `);
    }
  });
});
