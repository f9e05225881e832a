#!/usr/bin/env node
// Holds a real server, with a real pool, against its own OpenAPI document: Schemathesis asks every route for what the document allows and
// for what it forbids. Without Schemathesis it is skipped; with --install it is got, and where no package index answers that is said.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCli, engineEnvironment, installPackages } from './prepare.mjs';
import { ensureSchemathesis, findSchemathesis } from './schemathesis.mjs';
import { conclude } from './vitest.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const BIN = join(root, 'bin', 'prebuilds.js');
/** Seconds of one of the four runs. */
const RUN_SECONDS = 45;

// What is not asked: streams that have no end.
const EXCLUDED = ['events.stream'];
// What is asked with made-up names alone: with those of the pool it would end the pool, and the rest would look at nothing.
const ENDS = ['workspaces.delete', 'workspaces.rename', 'templates.delete', 'pools.drain', 'pools.pause', 'tokens.revoke'];

/**
 * Rules of the domain are beyond a schema (a name that is taken, a preset that is not there), so 400 is a right answer to what the schema allows.
 * A wrong token is answered with 429 after ten, which the check of wrong credentials does not know: the unit tests ask every route without one.
 */
const CHECKS = `
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 401, 403, 404, 409, 429, 502, 503]
`;
const NAMES = [
  ['^/workspaces/', { owner: 'anna', name: 'dev' }],
  ['^/templates/', { name: 'machine' }],
  ['^/groups/', { name: 'team' }],
  ['^/users/', { name: 'anna' }],
];
const named = NAMES.map(([path, values]) =>
  [
    '[[operations]]',
    `include-path-regex = "${path}"`,
    '[operations.parameters]',
    ...Object.entries(values).map(([name, value]) => `${name} = "${value}"`),
  ].join('\n'),
).join('\n');

const TEMPLATE = `
terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}
data "coder_workspace" "me" {}
data "coder_workspace_preset" "standard" {
  name    = "Standard"
  default = true
  prebuilds { instances = 2 }
}
data "coder_parameter" "mood" {
  name    = "mood"
  default = "calm"
  mutable = true
}
resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}
resource "terraform_data" "machine" { input = data.coder_workspace.me.id }
`;

async function withServer(env, use) {
  const folder = mkdtempSync(join(tmpdir(), 'prebuilds-api-'));
  const home = join(folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  // The agents of its template never run.
  writeFileSync(join(home, 'config.yaml'), 'agent_listen: off\n', { mode: 0o600 });
  mkdirSync(join(folder, 'machine'));
  writeFileSync(join(folder, 'machine', 'main.tf'), TEMPLATE);
  const options = {
    env: { ...process.env, ...env, PREBUILDS_HOME: home, PREBUILDS_OWNER: 'anna', NO_COLOR: '1' },
    encoding: 'utf8',
  };
  const tool = (...args) => {
    const done = spawnSync(process.execPath, [BIN, ...args], options);
    if (done.status !== 0) throw new Error(`prebuilds ${args.join(' ')} failed: ${done.stderr}`);
    return done.stdout.trim();
  };
  tool('template', 'push', join(folder, 'machine'));
  tool('user', 'create', 'bob');
  tool('group', 'create', 'team');
  const tokens = {
    admin: tool('token', 'create', '--role', 'admin'),
    member: tool('token', 'create', '--role', 'member', '--user', 'bob'),
  };
  tool('claim', 'machine', '--name', 'dev');
  const child = spawn(process.execPath, [BIN, 'serve', '--json', '--listen', '127.0.0.1:0'], {
    ...options,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    const line = await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended.then(() => undefined)]);
    if (line === undefined) throw new Error('serve ended');
    return await use({ folder, url: JSON.parse(String(line)).url, tokens });
  } finally {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether nothing was found. */
function ask(command, { folder, url, tokens }, { role, names }) {
  const config = join(folder, `${role}-${names}.toml`);
  writeFileSync(config, names === 'made-up' ? CHECKS : `${CHECKS}\n${named}\n`);
  const excluded = names === 'made-up' ? EXCLUDED : [...EXCLUDED, ...ENDS];
  process.stdout.write(`\n-- as ${role}, with ${names} names\n`);
  const done = spawnSync(
    command,
    [
      ...['--config-file', config, 'run', `${url}/api/v1/openapi.json`, '--header', `Authorization: Bearer ${tokens[role]}`],
      ...[
        '--exclude-checks',
        'ignored_auth',
        '--phases',
        'examples,coverage,fuzzing',
        '--max-examples',
        '10',
        '--max-time',
        String(RUN_SECONDS),
      ],
      ...[
        '--continue-on-failure',
        '--suppress-health-check',
        'all',
        '--request-timeout',
        '60',
        '--seed',
        '1',
        '--warnings',
        'off',
        '--no-color',
      ],
      ...excluded.flatMap((id) => ['--exclude-operation-id', id]),
    ],
    { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  return done.status === 0;
}

function schemathesis() {
  if (!process.argv.includes('--install')) return findSchemathesis();
  try {
    return ensureSchemathesis();
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}

try {
  const command = schemathesis();
  if (command === undefined) {
    process.stdout.write('skipped: there is no schemathesis; get it with npm run test:api -- --install\n');
  } else {
    installPackages();
    buildCli();
    const env = await engineEnvironment({ engine: 'any', providers: ['coder'] });
    const runs = ['admin', 'member'].flatMap((role) => ['made-up', 'existing'].map((names) => ({ role, names })));
    const passed = await withServer(env, (served) => runs.filter((one) => ask(command, served, one)).length);
    conclude({ passed, failed: runs.length - passed });
  }
} catch (error) {
  process.stderr.write(`api: ${error instanceof Error ? error.message : String(error)}\n`);
  conclude({ passed: 0, failed: 1 });
}
