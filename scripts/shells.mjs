#!/usr/bin/env node
// The shells and HTTP clients of the agent's tests. Installs Debian's packages when some are missing and this is root.
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';

const PACKAGES = { dash: 'dash', bash: 'bash', busybox: 'busybox', curl: 'curl', wget: 'wget', setsid: 'util-linux' };

const missing = () =>
  Object.entries(PACKAGES).filter(([program]) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);

/** Names of the programs that are still missing. */
export function ensureShells() {
  const wanted = missing().map(([, name]) => name);
  if (wanted.length > 0 && process.getuid?.() === 0) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update'], { stdio: 'ignore', env });
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...wanted], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    });
  }
  return missing().map(([program]) => program);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const left = ensureShells();
  process.stdout.write(left.length === 0 ? 'shells: all there\n' : `shells: missing ${left.join(' ')}\n`);
  process.exitCode = left.length === 0 ? 0 : 1;
}
