#!/usr/bin/env node
// The test command: everything but the slow suite, on a real engine. Works on a fresh clone. Names of suites run only these.
import { buildCli, engineEnvironment, installPackages, requireShells } from './prepare.mjs';
import { conclude, runProjects } from './vitest.mjs';

const ALL = ['unit', 'contract', 'property', 'e2e'];

try {
  const projects = process.argv.length > 2 ? process.argv.slice(2) : ALL;
  installPackages();
  if (projects.includes('e2e')) requireShells();
  buildCli();
  const env = projects.includes('e2e') ? await engineEnvironment({ engine: 'any', providers: ['coder', 'local', 'time'] }) : {};
  conclude(runProjects(projects, { env }));
} catch (error) {
  process.stderr.write(`test: ${error instanceof Error ? error.message : String(error)}\n`);
  conclude({ passed: 0, failed: 1 });
}
