import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findOnPath } from '../../../src/engine/discover.ts';
import { PROJECT } from '../../support/cli.ts';
import { cli } from './fakes.ts';

const SOURCE = join(PROJECT, 'docs', 'systemd');
const UNITS = readdirSync(SOURCE);
const INSTALLED = '/usr/local/bin/prebuilds';

describe('the units of systemd', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'prebuilds-units-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it.skipIf(findOnPath('systemd-analyze', process.env['PATH']) === undefined)('are what systemd understands', () => {
    for (const name of UNITS) {
      const text = readFileSync(join(SOURCE, name), 'utf8');
      // The tool need not be installed here.
      writeFileSync(join(folder, name), text.replace(INSTALLED, process.execPath));
    }
    const paths = UNITS.map((name) => join(folder, name));
    const { stderr, status } = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], { encoding: 'utf8' });
    // Other units of this machine may have faults of their own.
    expect([status, stderr.split('\n').filter((line) => line.includes('prebuilds'))]).toEqual([0, []]);
  });

  it.each(UNITS.filter((name) => name.endsWith('.service')))(
    '%s starts a command that there is, with options it has',
    async (name) => {
      const line = /^ExecStart=(.*)$/m.exec(readFileSync(join(SOURCE, name), 'utf8'))?.[1] ?? '';
      const [program, command = '', ...args] = line.split(' ');
      expect(program).toBe(INSTALLED);
      const { code, out } = await cli([command, '--help']);
      expect([code, out]).toEqual([0, expect.stringContaining(`prebuilds ${command}`)]);
      for (const option of args.filter((one) => one.startsWith('--'))) expect(out).toContain(option);
    },
  );
});
