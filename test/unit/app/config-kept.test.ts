import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepConfig, keptConfig } from '../../../src/app/config-kept.ts';
import { loadConfig } from '../../../src/app/load-config.ts';

let home: string;
let kept: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'prebuilds-kept-'));
  kept = join(home, 'config.kept.json');
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const load = (text: string) => {
  writeFileSync(join(home, 'config.yaml'), text);
  return loadConfig({ home, env: {} });
};

describe('a configuration that was read before', () => {
  it('is the same again, down to durations, hooks and policies', async () => {
    const text = [
      'jobs: 3',
      'retention: { events: 30d }',
      'templates: { docker: { claim_ttl: 2h, presets: { Large: { max_size: 4 } } } }',
      'hooks: { on_claim: { command: notify, timeout: 5s } }',
    ].join('\n');
    const first = await load(text);
    const values = keptConfig(home, text);
    expect(values).toMatchObject({ templates: { docker: { claim_ttl: 7_200_000 } } });
    const again = await load(text);
    for (const config of [first, again]) {
      expect(config).toMatchObject({ lanes: first.lanes, retention: { eventsMs: 2_592_000_000 }, hooks: first.hooks });
      expect(config.policy('docker', 'Large')).toEqual(first.policy('docker', 'Large'));
    }
    // What is kept is what is used: nothing is checked again.
    writeFileSync(kept, readFileSync(kept, 'utf8').replace('"jobs":3', '"jobs":7'));
    expect((await load(text)).lanes).not.toEqual(first.lanes);
  });

  it('is read again when its text changes, also for what is wrong now', async () => {
    await load('access_url: http://one\n');
    expect((await load('access_url: http://two\n')).accessUrl).toBe('http://two');
    await expect(load('acess_url: http://two\n')).rejects.toMatchObject({ code: 'config_invalid' });
    expect((await load('access_url: http://one\n')).accessUrl).toBe('http://one');
  });

  it('is read again when what was kept is broken', async () => {
    await load('access_url: http://one\n');
    writeFileSync(kept, '{"of":');
    expect((await load('access_url: http://one\n')).accessUrl).toBe('http://one');
    expect(keptConfig(home, 'access_url: http://one\n')).toEqual({ access_url: 'http://one' });
  });

  it('is not kept with values of `env`, which may be secrets', async () => {
    await load('env: { TOKEN: hunter2 }\n');
    expect(existsSync(kept)).toBe(false);
  });

  it('is kept for its owner alone', async () => {
    await load('jobs: 3\n');
    expect(statSync(kept).mode & 0o777).toBe(0o600);
  });

  it('is not kept when it would not come back as it is', () => {
    keepConfig(home, 'x', { jobs: Number.POSITIVE_INFINITY });
    expect(existsSync(kept)).toBe(false);
  });

  it('is no error where nothing can be written', () => {
    const other = join(home, 'none');
    keepConfig(other, 'x', { jobs: 1 });
    mkdirSync(other);
    chmodSync(other, 0o500);
    keepConfig(other, 'x', { jobs: 1 });
    expect(keptConfig(join(home, 'nowhere'), 'x')).toBeUndefined();
  });
});
