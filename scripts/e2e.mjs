#!/usr/bin/env node
// The slower suites: the e2e tests on each engine named (default tofu), and the slow ones (containers) once.
//
//   npm run test:e2e -- [tofu] [terraform]
import { buildCli, engineEnvironment, installPackages, requireShells } from './prepare.mjs';
import { add, conclude, runProjects } from './vitest.mjs';

const engines = process.argv.length > 2 ? process.argv.slice(2) : ['tofu'];

try {
  installPackages();
  requireShells();
  buildCli();
  let total = { passed: 0, failed: 0 };
  for (const [at, engine] of engines.entries()) {
    const env = await engineEnvironment({ engine, providers: ['coder', 'docker', 'local', 'time'] });
    total = add(total, runProjects(at === 0 ? ['e2e', 'slow'] : ['e2e'], { env }));
  }
  conclude(total);
} catch (error) {
  process.stderr.write(`test: ${error instanceof Error ? error.message : String(error)}\n`);
  conclude({ passed: 0, failed: 1 });
}
