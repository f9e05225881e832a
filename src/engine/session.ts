import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import { messageOf } from '../kit/errors.ts';
import type { Logger } from '../kit/logger.ts';
import type { EngineRunner, ProviderSession } from './engine.ts';
import { type Handshake, parseHandshake, reattachMap } from './handshake.ts';
import { lives, type ProcessStat, statOf } from './processes.ts';
import { findProviderBinary, type ProviderBinary } from './provider-binary.ts';

type SessionInput = Parameters<EngineRunner['openSession']>[0] & { readonly clock: Clock; readonly logger: Logger };

const COOKIE = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2';
const UNWANTED: ReadonlySet<string> = new Set(['TF_REATTACH_PROVIDERS', 'PLUGIN_CLIENT_CERT', 'PLUGIN_MULTIPLEX_GRPC']);
const HANDSHAKE_TIMEOUT_MS = 15_000;
const HANDSHAKE_POLL_MS = 2;
/** A socket's path may have 107 bytes; the folder has to leave room for the name (provider-sessions 8). */
const MAX_SOCKET_FOLDER = 89;

/**
 * Keeps one provider: starts it, says its pid, and ends it when nobody holds the write end of the shared pipe any more, which is this process
 * and the wrappers of running engines. Whoever is killed how, providers end after the last of them and never before (provider-sessions 10).
 */
const KEEPER = `umask 077
"$0" </dev/null >"$1/stdout" 2>"$1/stderr" & p=$!
echo "$p" >"$1/pid"
cat >/dev/null
kill -9 "$p"
wait "$p"
rm -rf "$1"
rmdir "\${1%/*}"`;

interface KeptProvider {
  readonly address: string;
  readonly process: ProcessStat;
  readonly handshake: Handshake;
}

/**
 * Starts one process of each named provider for one operation. All or nothing: on any trouble nothing keeps running and the reason is
 * returned, so that the operation goes on with the engine starting its own providers. Addresses must be those of providers with exactly
 * one configuration (provider-sessions 4); environment and folder must be the ones the engine will get.
 */
export async function openProviderSession(input: SessionInput): Promise<{ session: ProviderSession } | { reason: string }> {
  const addresses = [...new Set(input.providers)].filter((address) => !address.startsWith('terraform.io/builtin/'));
  if (addresses.length === 0) return { reason: 'no provider of this template can be shared' };
  let root: string | undefined;
  let pipe: SharedPipe | undefined;
  try {
    root = sessionRoot();
    const binaries = Promise.all(addresses.map((address) => findProviderBinary(input.dataDir, input.cwd, address)));
    // Started first, since making the pipe costs a process; waited for in both outcomes, or its descriptors would be lost.
    const [opened, found] = await Promise.allSettled([openPipe(root), binaries]);
    pipe = valueOf(opened);
    const kept = await startAll(input, valueOf(found), pipe, root);
    closeSync(pipe.readFd);
    input.logger.debug('provider session opened', { providers: addresses.join(' ') });
    return { session: toSession(kept, pipe) };
  } catch (error) {
    pipe?.close();
    if (root !== undefined) rmSync(root, { recursive: true, force: true });
    const reason = messageOf(error);
    input.logger.warn('provider session not possible; the engine starts its own providers', { reason });
    return { reason };
  }
}

/** All providers at once. Every start is waited for, also when one fails: the pipe may be closed only when nobody is about to use it. */
async function startAll(
  input: SessionInput,
  binaries: readonly ProviderBinary[],
  pipe: SharedPipe,
  root: string,
): Promise<readonly KeptProvider[]> {
  const started = await Promise.allSettled(
    binaries.map((binary, index) => startProvider(input, binary, pipe, join(root, String(index)))),
  );
  return started.map(valueOf);
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

function toSession(kept: readonly KeptProvider[], pipe: SharedPipe): ProviderSession {
  let open = true;
  return {
    reattach: reattachMap(kept.map((one) => ({ address: one.address, pid: one.process.pid, handshake: one.handshake }))),
    keepFd: pipe.keepFd,
    healthy: () => open && kept.every((one) => lives(one.process)),
    close: () => {
      if (!open) return;
      open = false;
      closeSync(pipe.keepFd);
    },
  };
}

/** A private folder (0700) with a short name; the last keeper removes it. */
function sessionRoot(): string {
  for (const base of [tmpdir(), '/tmp']) {
    if (join(base, 'pb-XXXXXX', '00').length <= MAX_SOCKET_FOLDER) return mkdtempSync(join(base, 'pb-'));
  }
  throw new Error('no folder with a name short enough for sockets');
}

interface SharedPipe {
  readonly keepFd: number;
  readonly readFd: number;
  close(): void;
}

/**
 * A pipe whose ends have descriptor numbers that can be handed to children: a named one, opened and then unlinked. The keeping end is opened
 * for both directions, because opening for writing alone would wait for a reader.
 */
async function openPipe(root: string): Promise<SharedPipe> {
  const path = join(root, 'keep');
  const made = spawn('mkfifo', ['-m', '600', path], { stdio: 'ignore' });
  const [code] = (await once(made, 'exit')) as [number | null];
  if (code !== 0) throw new Error('mkfifo failed');
  const keepFd = openSync(path, constants.O_RDWR);
  const readFd = openSync(path, constants.O_RDONLY);
  unlinkSync(path);
  let open = true;
  const close = () => {
    if (open) [keepFd, readFd].forEach(closeQuietly);
    open = false;
  };
  return { keepFd, readFd, close };
}

async function startProvider(
  input: SessionInput,
  binary: ProviderBinary,
  pipe: SharedPipe,
  folder: string,
): Promise<KeptProvider> {
  await mkdir(folder, { mode: 0o700 });
  const keeper = spawn('/bin/sh', ['-c', KEEPER, binary.path, folder], {
    cwd: input.cwd,
    env: providerEnvironment(input.env, folder),
    detached: true,
    stdio: [pipe.readFd, 'ignore', 'ignore'],
  });
  await once(keeper, 'spawn');
  keeper.unref();
  return waitForHandshake(input.clock, binary, keeper, folder);
}

/** The engine's environment and the cookie; a client certificate or multiplexing would make it unusable for handing over. */
function providerEnvironment(env: Readonly<Record<string, string>>, folder: string): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !UNWANTED.has(name))),
    TF_PLUGIN_MAGIC_COOKIE: COOKIE,
    PLUGIN_PROTOCOL_VERSIONS: '5,6',
    PLUGIN_UNIX_SOCKET_DIR: folder,
    TF_LOG_SDK: 'off',
    TF_LOG_PROVIDER: 'off',
  };
}

/** Output goes to a file, so that a provider that outlives this process never writes into a broken pipe; hence the polling. */
async function waitForHandshake(
  clock: Clock,
  binary: ProviderBinary,
  keeper: ChildProcess,
  folder: string,
): Promise<KeptProvider> {
  const { address } = binary;
  const until = clock.monotonic() + HANDSHAKE_TIMEOUT_MS;
  for (;;) {
    const pid = readPid(folder);
    const alive = pid === undefined ? undefined : statOf(pid);
    const text = read(join(folder, 'stdout'));
    if (text.includes('\n') && alive !== undefined) {
      const found = parseHandshake(text.slice(0, text.indexOf('\n')));
      if ('reason' in found) throw new Error(`${address}: ${found.reason}`);
      return { address, process: alive, handshake: found };
    }
    if (keeper.exitCode !== null || (pid !== undefined && alive === undefined)) {
      throw new Error(`${address}: ended before its handshake ${read(join(folder, 'stderr')).slice(-300)}`.trim());
    }
    if (clock.monotonic() > until) throw new Error(`${address}: no handshake within ${String(HANDSHAKE_TIMEOUT_MS / 1000)} s`);
    await clock.sleep(HANDSHAKE_POLL_MS);
  }
}

function readPid(folder: string): number | undefined {
  const pid = Number.parseInt(read(join(folder, 'pid')), 10);
  return Number.isNaN(pid) ? undefined : pid;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Closed before.
  }
}
