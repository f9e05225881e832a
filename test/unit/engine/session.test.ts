import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseHandshake, reattachMap } from '../../../src/engine/handshake.ts';
import { statOf } from '../../../src/engine/processes.ts';
import { findProviderBinary, lockEntry, packageHash, packagePlatform } from '../../../src/engine/provider-binary.ts';
import { openProviderSession } from '../../../src/engine/session.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { silentLogger } from '../../../src/kit/logger.ts';

const PATIENT = { timeout: 10_000, interval: 10 };
const ADDRESS = 'registry.terraform.io/coder/coder';
const OTHER = 'registry.terraform.io/hashicorp/other';
let root: string;
let sockets: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'session-'));
  sockets = mkdtempSync(join(tmpdir(), 's-'));
  vi.stubEnv('TMPDIR', sockets);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
  rmSync(sockets, { recursive: true, force: true });
});

/** Installed providers whose program is this script, with a lock file that fits. */
async function install(script: string, ...more: readonly (readonly [address: string, script: string])[]): Promise<string> {
  const entries: string[] = [];
  const paths: string[] = [];
  for (const [address, text] of [[ADDRESS, script] as const, ...more]) {
    const folder = join(root, 'data', 'providers', ...address.split('/'), '2.20.0', packagePlatform());
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `terraform-provider-${address.split('/').at(-1) ?? ''}_v2.20.0`);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    paths.push(path);
    entries.push(lockText(address, await packageHash(folder)));
  }
  writeFileSync(join(root, '.terraform.lock.hcl'), entries.join('\n'));
  return paths[0] ?? '';
}
const lockText = (address: string, hash: string) =>
  `provider "${address}" {\n  version = "2.20.0"\n  hashes = [\n    "${hash}",\n    "zh:00",\n  ]\n}\n`;
const lock = (hash: string) => {
  writeFileSync(join(root, '.terraform.lock.hcl'), lockText(ADDRESS, hash));
};
const open = (providers: readonly string[] = [ADDRESS], env: Record<string, string> = {}) =>
  openProviderSession({
    dataDir: join(root, 'data'),
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    providers,
    runRoot: root,
    clock: systemClock,
    logger: silentLogger,
  });
const SERVE = 'echo "1|5|unix|$PLUGIN_UNIX_SOCKET_DIR/plugin1|grpc|"; env >"$OUT"; pwd >>"$OUT"; exec sleep 600';

describe('openProviderSession', () => {
  it('starts the provider with the environment and folder of the engine, and ends it with the session', async () => {
    await install(SERVE);
    const out = join(root, 'out');
    const opened = await open([ADDRESS, 'terraform.io/builtin/terraform'], {
      OUT: out,
      CODER_WORKSPACE_ID: 'w',
      TF_REATTACH_PROVIDERS: '{}',
      PLUGIN_CLIENT_CERT: 'x',
    });
    if (!('session' in opened)) throw new Error(opened.reason);
    const { session } = opened;
    const map = JSON.parse(session.reattach) as Record<string, { Pid: number; Addr: { String: string } }>;
    expect(Object.keys(map)).toStrictEqual([ADDRESS]);
    expect(map[ADDRESS]).toMatchObject({ Protocol: 'grpc', ProtocolVersion: 5, Test: true, Addr: { Network: 'unix' } });
    await vi.waitUntil(() => existsSync(out) && readFileSync(out, 'utf8').endsWith(`${root}\n`), PATIENT);
    const seen = readFileSync(out, 'utf8').split('\n');
    expect(seen).toEqual(
      expect.arrayContaining(['CODER_WORKSPACE_ID=w', 'PLUGIN_PROTOCOL_VERSIONS=5,6', 'TF_LOG_SDK=off', root]),
    );
    expect(seen.some((line) => /^(TF_REATTACH_PROVIDERS|PLUGIN_CLIENT_CERT|HOME)=/.test(line))).toBe(false);
    expect(session.healthy()).toBe(true);
    session.close();
    session.close();
    expect(session.healthy()).toBe(false);
    await vi.waitUntil(() => statOf(map[ADDRESS]!.Pid) === undefined && readdirSync(sockets).length === 0, PATIENT);
  });

  it('starts several providers, each with its own output, and ends them together', async () => {
    await install(SERVE, [OTHER, 'echo "1|6|tcp|127.0.0.1:1|grpc|"; exec sleep 600']);
    const opened = await open([ADDRESS, OTHER], { OUT: '/dev/null' });
    if (!('session' in opened)) throw new Error(opened.reason);
    const map = JSON.parse(opened.session.reattach) as Record<string, { Pid: number; ProtocolVersion: number }>;
    expect(map[ADDRESS]?.ProtocolVersion).toBe(5);
    expect(map[OTHER]?.ProtocolVersion).toBe(6);
    const pids = Object.values(map).map((one) => one.Pid);
    expect(pids.every((pid) => statOf(pid) !== undefined)).toBe(true);
    process.kill(pids[1]!, 'SIGKILL');
    await vi.waitUntil(() => !opened.session.healthy(), PATIENT);
    expect(statOf(pids[0]!)).toBeDefined();
    opened.session.close();
    await vi.waitUntil(() => statOf(pids[0]!) === undefined && readdirSync(sockets).length === 0, PATIENT);
  });

  it('leaves nothing when one of several fails', async () => {
    const pid = join(root, 'pid');
    await install(`echo $$ >${pid}; exec sleep 600`, [OTHER, `until [ -s ${pid} ]; do :; done; echo nonsense`]);
    expect(await open([ADDRESS, OTHER])).toStrictEqual({
      reason: expect.stringMatching(/unknown handshake|ended before/) as string,
    });
    await vi.waitUntil(
      () => statOf(Number(readFileSync(pid, 'utf8'))) === undefined && readdirSync(sockets).length === 0,
      PATIENT,
    );
  });

  it.each([
    ['ends without a word', 'exit 0', /coder: ended before its handshake/],
    ['says why it ends', 'echo "bind: invalid argument" >&2; exit 0', /ended before its handshake bind: invalid/],
    ['speaks something else', 'echo "This binary is a plugin"; exec sleep 600', /unknown handshake "This binary/],
    ['speaks netrpc', 'echo "1|5|unix|/x|netrpc|"; exec sleep 600', /unknown handshake/],
  ])('gives a reason when a provider %s, and leaves nothing', async (_name, script, reason) => {
    await install(script);
    const opened = await open();
    expect(opened).toStrictEqual({ reason: expect.stringMatching(reason) as string });
    await vi.waitUntil(() => readdirSync(sockets).length === 0, PATIENT);
  });

  it('gives a reason when there is nothing to share', async () => {
    expect(await open([])).toStrictEqual({ reason: 'no provider of this template can be shared' });
    expect(await open(['terraform.io/builtin/terraform'])).toStrictEqual({
      reason: 'no provider of this template can be shared',
    });
  });

  it('refuses what the lock file does not vouch for', async () => {
    const path = await install(SERVE);
    expect(await open(['registry.opentofu.org/coder/coder'])).toStrictEqual({
      reason: 'registry.opentofu.org/coder/coder is not in the lock file',
    });
    writeFileSync(path, '#!/bin/sh\nexit 0 # something else\n');
    expect(await open()).toStrictEqual({ reason: `${ADDRESS}: the package differs from the lock file` });
    rmSync(join(root, '.terraform.lock.hcl'));
    expect(await open()).toStrictEqual({ reason: expect.stringMatching(/ENOENT.*lock\.hcl/) as string });
    expect(readdirSync(sockets)).toStrictEqual([]);
  });
});

describe('findProviderBinary', () => {
  it('hashes a package once and then knows it, until the executable or the lock changes', async () => {
    const path = await install('exit 0');
    const find = () => findProviderBinary(join(root, 'data'), root, ADDRESS);
    expect(await find()).toStrictEqual({ address: ADDRESS, path });
    // A file beside the executable changes the hash but not the pin: found without hashing.
    writeFileSync(join(path, '..', 'README'), 'x');
    expect(await find()).toStrictEqual({ address: ADDRESS, path });
    lock('h1:other=');
    await expect(find()).rejects.toThrow(/differs from the lock file/);
  });
});

describe('lock file and hash', () => {
  it('an entry is found by its exact address', () => {
    const text = `provider "h/a/b" {\n  version     = "1.2.3"\n  constraints = ">= 1"\n  hashes = [\n    "h1:one=",\n    "zh:two",\n  ]\n}\n\nprovider "h/a/c" {\n  version = "4.0.0"\n}\n`;
    expect(lockEntry(text, 'h/a/b')).toStrictEqual({ version: '1.2.3', hashes: ['h1:one='] });
    expect(lockEntry(text, 'h/a/c')).toStrictEqual({ version: '4.0.0', hashes: [] });
    expect(lockEntry(text, 'a/b')).toBeUndefined();
  });
});

describe('handshake', () => {
  it.each([
    ['1|5|unix|/tmp/plugin312|grpc|', { protocol: 5, network: 'unix', address: '/tmp/plugin312' }],
    ['1|6|tcp|127.0.0.1:1234|grpc|\n', { protocol: 6, network: 'tcp', address: '127.0.0.1:1234' }],
    ['1|5|unix|/x|grpc', { protocol: 5, network: 'unix', address: '/x' }],
  ])('%s', (line, expected) => {
    expect(parseHandshake(line)).toStrictEqual(expected);
  });

  it.each(['2|5|unix|/x|grpc|', '1|4|unix|/x|grpc|', '1|5|unix||grpc|', '1|5|unix|/x|netrpc|', '1|5|unix|/x|grpc|CERT', ''])(
    'refuses %j',
    (line) => {
      expect(parseHandshake(line)).toHaveProperty('reason');
    },
  );

  it('several providers make one map', () => {
    const handshake = { protocol: 6, network: 'unix', address: '/s' } as const;
    const map = reattachMap([
      { address: 'h/a/b', pid: 1, handshake },
      { address: 'h/a/c', pid: 2, handshake },
    ]);
    expect(JSON.parse(map)).toMatchObject({
      'h/a/b': { Pid: 1, ProtocolVersion: 6 },
      'h/a/c': { Pid: 2, Addr: { String: '/s' } },
    });
  });
});
