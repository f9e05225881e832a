#!/usr/bin/env node
// Prometheus' own checker, for the tests of metrics, alerts and dashboard: from PATH, or taken out of Debian's package, which is not
// installed, so that no service is started.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const cached = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'prebuilds', 'promtool');

const run = (file, args, options = {}) => spawnSync(file, args, { encoding: 'utf8', ...options });
const runs = (file) => run(file, ['--version']).status === 0;

/** The command of promtool, or undefined when there is none. */
export function findPromtool() {
  return ['promtool', cached].find(runs);
}

/** The same; gets it where apt can be asked. Throws with the reason when it cannot be had. */
export function ensurePromtool() {
  const found = findPromtool();
  if (found !== undefined) return found;
  const folder = mkdtempSync(join(tmpdir(), 'prebuilds-promtool-'));
  try {
    must('apt-get', ['update'], folder);
    must('apt-get', ['download', 'prometheus'], folder);
    const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
    must('dpkg-deb', ['-x', archive, folder], folder);
    mkdirSync(join(cached, '..'), { recursive: true });
    copyFileSync(join(folder, 'usr', 'bin', 'promtool'), cached);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (!existsSync(cached) || !runs(cached)) throw new Error(`${cached} does not run`);
  return cached;
}

function must(file, args, cwd) {
  const done = run(file, args, { cwd, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  if (done.status === 0) return;
  const why = done.error?.message ?? (done.stderr ?? '').trim().slice(-500);
  throw new Error(`there is no promtool, and ${file} ${args.join(' ')} failed: ${why}`);
}
