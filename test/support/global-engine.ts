import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

interface Found {
  readonly engine: string;
  readonly kind: string;
  readonly cliConfig: string | null;
}

/**
 * Builds the CLI and finds (or gets) an engine with the providers the tests use; the tests read PREBUILDS_ENGINE and
 * TF_CLI_CONFIG_FILE. The test commands have done this already (PREBUILDS_TEST_READY); plain `vitest` has not.
 */
export function setup(): void {
  if (process.env['PREBUILDS_TEST_READY'] !== '1') {
    execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' });
    const args = ['--engine', process.env['PREBUILDS_TEST_ENGINE'] ?? 'any', '--providers', 'coder,local,time'];
    const answer = execFileSync(process.execPath, [join(root, 'scripts', 'engine.mjs'), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const found = JSON.parse(answer) as Found;
    process.env['PREBUILDS_ENGINE'] = found.engine;
    process.env['PREBUILDS_TEST_ENGINE'] = found.kind;
    process.env['TF_CLI_CONFIG_FILE'] = found.cliConfig ?? '';
    process.env['PREBUILDS_TEST_READY'] = '1';
  }
  // A file that is not there would make every engine command fail; an empty value means none.
  if (!existsSync(process.env['TF_CLI_CONFIG_FILE'] ?? '')) delete process.env['TF_CLI_CONFIG_FILE'];
}
