import { describe, expect, it } from 'vitest';
import { cronLine } from '../../../src/app/cron-line.ts';
import type { Config } from '../../../src/app/config.ts';

const lineOf = (home: string, file?: string): string =>
  cronLine({ config: { home, file } as Config, script: '/opt/prebuilds.js' }).replace(process.execPath, 'NODE');

describe('the line for cron', () => {
  const begin = '* * * * * NODE /opt/prebuilds.js reconcile --quiet --timeout 10m --home';

  it.each([
    ['/home/a', undefined, `${begin} /home/a`],
    ['/home/a', '/home/a/config.yaml', `${begin} /home/a`],
    ['/home/a', '/etc/pre builds.yaml', `${begin} /home/a --config '/etc/pre builds.yaml'`],
    ["/it's 50%", undefined, `${begin} '/it'\\''s 50\\%'`],
  ])('home %s, configuration %s', (home, file, line) => {
    expect(lineOf(home, file)).toBe(line);
  });
});
