#!/usr/bin/env node
// Runs vitest projects and ends with one line `N passed, N failed`.
//
//   node scripts/vitest.mjs unit contract [-- vitest arguments]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs the projects once; a suite that cannot start, or a failed exit without a failed test, counts as one failure. */
export function runProjects(projects, { env = {}, args = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'prebuilds-report-'));
  const report = join(folder, 'report.json');
  try {
    const done = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules', 'vitest', 'vitest.mjs'),
        'run',
        ...projects.flatMap((name) => ['--project', name]),
        '--passWithNoTests',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...args,
      ],
      { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } },
    );
    return count(report, done.status === 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function count(report, succeeded) {
  let passed = 0;
  let failed = 0;
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const notStarted = testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.every((one) => one.status !== 'failed'),
    );
    passed = numPassedTests;
    failed = numFailedTests + notStarted.length;
  } catch {
    failed = 1;
  }
  return { passed, failed: failed === 0 && !succeeded ? 1 : failed };
}

export const add = (a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed });

/** Prints the last line and sets the exit code. Nothing passed at all is a failure too: the suites were not found. */
export function conclude({ passed, failed }) {
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const given = process.argv.slice(2);
  const split = given.indexOf('--');
  const projects = split < 0 ? given : given.slice(0, split);
  conclude(runProjects(projects, { args: split < 0 ? [] : given.slice(split + 1) }));
}
