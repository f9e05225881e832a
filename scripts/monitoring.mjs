#!/usr/bin/env node
// Tests of metrics, alerts and dashboard with promtool. Without one they are skipped; with --install it is got, and to fail to is a failure.
import { ensurePromtool, findPromtool } from './promtool.mjs';
import { conclude, runProjects } from './vitest.mjs';

try {
  const promtool = process.argv.includes('--install') ? ensurePromtool() : findPromtool();
  if (promtool === undefined) {
    process.stdout.write(
      'skipped: there is no promtool; install the package prometheus, or run npm run test:monitoring -- --install\n',
    );
  } else conclude(runProjects(['monitoring'], { env: { PREBUILDS_PROMTOOL: promtool } }));
} catch (error) {
  process.stderr.write(`monitoring: ${error instanceof Error ? error.message : String(error)}\n`);
  conclude({ passed: 0, failed: 1 });
}
