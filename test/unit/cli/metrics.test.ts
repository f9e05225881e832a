import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { App } from '../../../src/api/app.ts';
import { version } from '../../../src/cli/version.ts';
import { cli } from './fakes.ts';

const folder = mkdtempSync(join(tmpdir(), 'prebuilds-metrics-cli-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const families = [
  { name: 'prebuilds_info', type: 'gauge', help: '1.', samples: [{ suffix: '', labels: { version }, value: 1 }] },
] as const;
const text = `# HELP prebuilds_info 1.\n# TYPE prebuilds_info gauge\nprebuilds_info{version="${version}"} 1\n`;
const metrics: App['metrics'] = (given) => {
  expect(given).toBe(version);
  return Promise.resolve({ text, families });
};

describe('metrics', () => {
  it('prints the text as it is', async () => {
    expect(await cli(['metrics'], { app: { metrics } })).toMatchObject({ code: 0, out: text, err: '', closed: 1 });
  });

  it('gives the same as data', async () => {
    expect((await cli(['metrics', '--json'], { app: { metrics } })).json).toEqual({ metrics: families });
  });

  it('writes a file and says nothing', async () => {
    const file = join(folder, 'a.prom');
    expect(await cli(['metrics', '--textfile', file], { app: { metrics } })).toMatchObject({ code: 0, out: '', err: '' });
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect((await cli(['metrics', '--textfile', file, '--json'], { app: { metrics } })).json).toEqual({
      textfile: file,
      metrics: 1,
    });
  });

  it('refuses a name that the collector would not read, before anything is opened', async () => {
    const { code, out, err, opened } = await cli(['metrics', '--textfile', join(folder, 'a.txt')], { app: { metrics } });
    expect({ code, out, opened }).toEqual({ code: 2, out: '', opened: undefined });
    expect(err).toMatch(/^error: ".*a\.txt" does not end in \.prom\nhint: .*\n$/);
  });

  it('says in one line where it cannot write', async () => {
    const { code, err } = await cli(['metrics', '--textfile', join(folder, 'none', 'a.prom')], { app: { metrics } });
    expect(code).toBe(2);
    expect(err).toMatch(/^error: cannot write .*none\/a\.prom: ENOENT.*\nhint: .*\n$/);
  });
});
