import { execFile, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
export const BIN = join(ROOT, 'bin', 'prebuilds.js');
const run = promisify(execFile);

export const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];

/** Wall milliseconds of one command as a whole process; it must succeed. */
export function timeSync(file, args, options = {}) {
  const startedAt = performance.now();
  const done = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  const ms = performance.now() - startedAt;
  if (done.status !== 0)
    throw new Error(`${file} ${args.join(' ')} exited ${String(done.status)}\n${done.stderr}\n${done.stdout}`);
  return { ms, stdout: done.stdout };
}

export const runAsync = async (file, args, options = {}) => run(file, args, { maxBuffer: 1 << 28, ...options });

export async function timeAsync(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Environment in which plain terraform commands build a workspace of a Coder template. */
export function coderEnv(base, { id, owner, name, claim = false, prebuild = false, token }) {
  const sha = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  return {
    ...base,
    CODER_AGENT_URL: 'http://127.0.0.1:7780',
    CODER_AGENT_SCRIPT_linux_amd64: '#!/bin/sh\nwhile :; do sleep 60; done\n',
    CODER_WORKSPACE_TRANSITION: 'start',
    CODER_WORKSPACE_NAME: name,
    CODER_WORKSPACE_ID: id,
    CODER_WORKSPACE_BUILD_ID: crypto.randomUUID(),
    CODER_WORKSPACE_TEMPLATE_ID: '7d4b1b0e-0000-4000-8000-000000000001',
    CODER_WORKSPACE_TEMPLATE_NAME: 'bench',
    CODER_WORKSPACE_TEMPLATE_VERSION: '1',
    CODER_WORKSPACE_OWNER: owner,
    CODER_WORKSPACE_OWNER_ID: '7d4b1b0e-0000-4000-8000-000000000002',
    CODER_WORKSPACE_OWNER_NAME: owner,
    CODER_WORKSPACE_OWNER_EMAIL: `${owner}@example.com`,
    CODER_WORKSPACE_OWNER_GROUPS: '["Everyone"]',
    ...(prebuild ? { CODER_WORKSPACE_IS_PREBUILD: 'true' } : {}),
    ...(claim ? { CODER_WORKSPACE_IS_PREBUILD_CLAIM: 'true' } : {}),
    ...(token === undefined ? {} : { [`CODER_RUNNING_WORKSPACE_AGENT_TOKEN_${sha}`]: token }),
  };
}

/** Coder's command sequence in a fresh folder with a plugin cache: init, plan, show, apply, show, graph. */
export const coderSequence = (engine) => [
  [engine, ['init', '-no-color', '-input=false']],
  [engine, ['plan', '-no-color', '-input=false', '-json', '-refresh=true', '-out=terraform.tfplan']],
  [engine, ['show', '-json', '-no-color', 'terraform.tfplan']],
  [engine, ['apply', '-no-color', '-auto-approve', '-input=false', '-json', 'terraform.tfplan']],
  [engine, ['show', '-json', '-no-color']],
  [engine, ['graph']],
];

export const row = (label, ms, base) =>
  process.stdout.write(`${label.padEnd(66)}${(ms / 1000).toFixed(3).padStart(10)} s${(ms / base).toFixed(2).padStart(8)}\n`);
