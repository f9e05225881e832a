#!/usr/bin/env node
// A real container daemon for the tests of the docker provider: podman's Docker-compatible service on a socket of its own, with storage
// of its own, and an image made of nothing but busybox. Installs Debian's packages when they are missing and this is root.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const IMAGE = 'localhost/prebuilds-busybox:1';
const PACKAGES = ['podman', 'crun', 'runc', 'busybox-static'];
const TOOLS = [
  ...['sh', 'sleep', 'cat', 'echo', 'mkdir', 'rm', 'wget', 'ls', 'kill', 'tail', 'chmod', 'mv', 'id', 'hostname', 'env'],
  ...['rmdir', 'ln', 'head', 'tr', 'wc', 'sed', 'date', 'setsid', 'df'],
];

const onPath = (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;

function must(file, args, options = {}) {
  const done = spawnSync(file, args, { encoding: 'utf8', ...options });
  if (done.status !== 0) throw new Error(`${file} ${args.join(' ')} failed: ${(done.stderr ?? '').trim().slice(-500)}`);
  return done.stdout;
}

/** podman alone does not start a container: it needs a runtime, and the image a busybox. */
const isComplete = () => ['podman', 'runc'].every(onPath) && existsSync('/bin/busybox');

/** Installs podman where that is possible; false when there is none and none can be had. */
export function ensurePodman() {
  if (isComplete()) return true;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update'], { stdio: 'ignore', env });
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...PACKAGES], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
  return isComplete();
}

/** Starts the daemon. `host` is for DOCKER_HOST; `stop` ends it and removes its containers and storage. */
export async function startPodman() {
  const folder = mkdtempSync(join(tmpdir(), 'prebuilds-podman-'));
  const conf = join(folder, 'containers.conf');
  writeFileSync(
    conf,
    '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\nnetns = "host"\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n',
  );
  const env = { ...process.env, CONTAINERS_CONF: conf };
  const flags = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
  importImage(folder, flags, env);
  const socket = join(folder, 'podman.sock');
  const service = spawn('podman', [...flags, 'system', 'service', '--time=0', `unix://${socket}`], { env, stdio: 'ignore' });
  for (let n = 0; n < 200 && !existsSync(socket); n += 1) await pause(50);
  if (!existsSync(socket)) throw new Error('podman did not open its socket');
  const podman = (...args) => must('podman', [...flags, ...args], { env });
  return {
    host: `unix://${socket}`,
    image: IMAGE,
    podman,
    stop: () => {
      spawnSync('podman', [...flags, 'rm', '-f', '-t', '0', '-a'], { env, stdio: 'ignore' });
      service.kill('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function importImage(folder, flags, env) {
  const root = join(folder, 'image');
  for (const dir of ['bin', 'tmp', 'etc', 'home', 'root']) mkdirSync(join(root, dir), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin', 'busybox'));
  // Of a busybox that is not the static one: what it is linked with.
  for (const [library] of spawnSync('ldd', ['/bin/busybox'], { encoding: 'utf8' }).stdout.matchAll(/\/\S+\.so\S*/g)) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(library, join(root, library));
  }
  for (const tool of TOOLS) symlinkSync('busybox', join(root, 'bin', tool));
  writeFileSync(join(root, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  must('tar', ['-C', root, '-cf', join(folder, 'image.tar'), '.']);
  must('podman', [...flags, 'import', join(folder, 'image.tar'), IMAGE], { env });
}
