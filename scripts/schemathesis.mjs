#!/usr/bin/env node
// Schemathesis, for the test of the API against its own document: from PATH, or installed by pip into the user's cache folder.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What it finds changes with its versions, so it is one version. */
const VERSION = '4.32.5';
const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'prebuilds', `schemathesis-${VERSION}`);
const cached = join(folder, 'bin', 'schemathesis');

const run = (file, args) => spawnSync(file, args, { encoding: 'utf8' });
const runs = (file) => run(file, ['--version']).status === 0;

/** The command of Schemathesis, or undefined when there is none. */
export function findSchemathesis() {
  return [cached, 'schemathesis'].find(runs);
}

/** The same; gets it where pip can be asked. Throws with the reason when it cannot be had. */
export function ensureSchemathesis() {
  const found = findSchemathesis();
  if (found !== undefined) return found;
  try {
    must('python3', ['-m', 'venv', folder]);
    must(join(folder, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${VERSION}`]);
    return cached;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function must(file, args) {
  const done = run(file, args);
  if (done.status === 0) return;
  const why = done.error?.message ?? (done.stderr ?? '').trim().slice(-500);
  throw new Error(`there is no schemathesis, and ${file} ${args.join(' ')} failed: ${why}`);
}
