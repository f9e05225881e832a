import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveHome } from '../../../src/app/home.ts';
import { loadConfig } from '../../../src/app/load-config.ts';
import { suggest } from '../../../src/app/suggest.ts';
import { AppError } from '../../../src/kit/errors.ts';

let root: string;
let home: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'prebuilds-config-'));
  home = join(root, 'deep', 'home');
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Writes the configuration file of the home and loads it. */
function load(text: string | undefined, env: Record<string, string> = {}) {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (text !== undefined) writeFileSync(join(home, 'config.yaml'), text);
  return loadConfig({ home, env });
}

async function refused(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

describe('the home folder', () => {
  it.each([
    ['/x', { PREBUILDS_HOME: '/y', XDG_DATA_HOME: '/z', HOME: '/h' }, '/x'],
    [undefined, { PREBUILDS_HOME: '/y', XDG_DATA_HOME: '/z', HOME: '/h' }, '/y'],
    [undefined, { PREBUILDS_HOME: '', XDG_DATA_HOME: '/z', HOME: '/h' }, '/z/prebuilds'],
    [undefined, { XDG_DATA_HOME: 'relative', HOME: '/h' }, '/h/.local/share/prebuilds'],
    [undefined, { HOME: '/h' }, '/h/.local/share/prebuilds'],
  ])('%s with %j is %s', (option, env, expected) => {
    expect(resolveHome(option, env)).toBe(expected);
  });

  it('is made for its owner alone', async () => {
    await loadConfig({ home, env: {} });
    expect(statSync(home).mode & 0o777).toBe(0o700);
  });

  it('is refused when others can enter it, and left as it is', async () => {
    mkdirSync(home, { recursive: true });
    chmodSync(home, 0o750);
    const error = await refused(loadConfig({ home, env: {} }));
    expect(error).toMatchObject({ code: 'home_open', exitCode: 2 });
    expect(error.message).toContain('mode 0750');
    expect(error.hint).toContain(`chmod 700 ${home}`);
    expect(statSync(home).mode & 0o777).toBe(0o750);
  });

  it('is refused when it is a file', async () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    expect(await refused(loadConfig({ home: file, env: {} }))).toMatchObject({ code: 'home_unusable', exitCode: 4 });
  });
});

describe('without a file', () => {
  it('everything has its default', async () => {
    const config = await load(undefined);
    expect(config).toMatchObject({
      home,
      file: undefined,
      engine: undefined,
      env: {},
      lanes: { pool: Math.max(2, availableParallelism()) - 1, people: 1, delete: 1 },
      accessUrl: 'http://127.0.0.1:7780',
      listen: { host: '127.0.0.1', port: 7781 },
      allowedHosts: [],
      agentListen: { host: '127.0.0.1', port: 7780 },
      agentHearing: 'derived',
      providerSession: true,
    });
    expect(config.policy('any', 'preset')).toEqual({
      failuresLimit: 3,
      failuresKeep: 2,
      failuresKeepForMs: 86_400_000,
      surge: 1,
      rollout: 'recreate',
      startRate: undefined,
      readyBy: false,
      backoff: { baseMs: 60_000, factor: 2, capMs: 1_800_000 },
      poolJobs: Math.max(2, availableParallelism()) - 1,
      accessUrl: 'http://127.0.0.1:7780',
      readiness: 'auto',
      probe: undefined,
      agentTimeoutMs: 900_000,
      healthIntervalMs: 600_000,
      maxSize: undefined,
      onReplace: 'allow',
      rehearsal: true,
      healthFailures: 3,
      claimTtlMs: undefined,
      claimTtlMaxMs: undefined,
      connect: undefined,
    });
    expect(existsSync(join(home, 'config.yaml'))).toBe(false);
  });

  it('an empty file is the same', async () => {
    expect((await load('# nothing yet\n')).policy('a', undefined).failuresLimit).toBe(3);
  });

  it('a file that was named must exist', async () => {
    const error = await refused(loadConfig({ home, config: join(root, 'no.yaml'), env: {} }));
    expect(error).toMatchObject({ code: 'config_missing', exitCode: 2 });
    expect(await refused(loadConfig({ home, env: { PREBUILDS_CONFIG: join(root, 'no.yaml') } }))).toMatchObject({
      code: 'config_missing',
    });
  });
});

describe('where agents are heard', () => {
  it.each([
    ['127.0.0.1:7780', { host: '127.0.0.1', port: 7780 }],
    ['"[::1]:80"', { host: '::1', port: 80 }],
    ['agents.internal:7780', { host: 'agents.internal', port: 7780 }],
  ])('%s', async (text, listen) => {
    const config = await load(`agent_listen: ${text}\nreadiness: agent\n`);
    expect(config).toMatchObject({ agentListen: listen, agentHearing: 'configured' });
    expect(config.policy('any', undefined).readiness).toBe('agent');
  });

  it.each(['7780', 'http://x:1', '::1:80', 'a b:1'])('not %s', async (text) => {
    expect((await refused(load(`agent_listen: "${text}"\n`))).message).toContain('HOST:PORT');
  });

  it('listens on an address of its own, known by names besides', async () => {
    const config = await load('listen: "[::]:8080"\nallowed_hosts: [pool.example.com]\n');
    expect(config).toMatchObject({ listen: { host: '::', port: 8080 }, allowedHosts: ['pool.example.com'] });
    for (const text of ['listen: 127.0.0.1:70000\n', 'allowed_hosts: ["a:1"]\n'])
      await expect(load(text)).rejects.toMatchObject({ exitCode: 2 });
  });

  it.each([
    ['http://127.0.0.1:7780', { host: '127.0.0.1', port: 7780 }, 'derived'],
    ['http://localhost', { host: 'localhost', port: 80 }, 'derived'],
    ['http://127.8.9.10:1/', { host: '127.8.9.10', port: 1 }, 'derived'],
    ['"http://[::1]:7781"', { host: '::1', port: 7781 }, 'derived'],
    ['https://127.0.0.1:7780', undefined, 'elsewhere'],
    ['http://172.17.0.1:7780', undefined, 'elsewhere'],
    ['http://127.0.0.1.example:7780', undefined, 'elsewhere'],
    ['https://pool.example', undefined, 'elsewhere'],
  ])('is derived from the access URL %s', async (url, listen, hearing) => {
    expect(await load(`access_url: ${url}\n`)).toMatchObject({ agentListen: listen, agentHearing: hearing });
  });

  it.each(['off', 'false', '"off"'])('is turned off by %s', async (word) => {
    expect(await load(`agent_listen: ${word}\n`)).toMatchObject({ agentListen: undefined, agentHearing: 'off' });
    expect((await load('')).agentListen).toEqual({ host: '127.0.0.1', port: 7780 });
  });

  it.each(['access_url: https://pool.example', 'agent_listen: off'])(
    'must be there when readiness is theirs: %s',
    async (line) => {
      const error = await refused(load(`${line}\ntemplates: { docker: { readiness: agent } }\n`));
      expect(error).toMatchObject({ code: 'config_invalid', exitCode: 2 });
      expect(error.message).toContain('`templates.docker.readiness` is agent, but agents are heard nowhere');
    },
  );
});

describe('host settings', () => {
  it('are read', async () => {
    const config = await load(
      'engine: ./bin/tofu\njobs: 7\nreserve: 2\naccess_url: https://pool.example/\nprovider_session: false\nenv: {A: 1, B: x}\n',
    );
    expect(config).toMatchObject({
      engine: join(home, 'bin/tofu'),
      lanes: { pool: 5, people: 2, delete: 1 },
      accessUrl: 'https://pool.example',
      providerSession: false,
      env: { A: '1', B: 'x' },
      file: join(home, 'config.yaml'),
    });
  });

  it('PREBUILDS_ENGINE wins; a bare name stays a name', async () => {
    expect((await load('engine: tofu\n')).engine).toBe('tofu');
    expect((await load('engine: tofu\n', { PREBUILDS_ENGINE: '/opt/terraform' })).engine).toBe('/opt/terraform');
  });

  it('env_file is relative to the file, and what the file says itself wins', async () => {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    writeFileSync(join(home, 'secrets'), 'TOKEN="a b"\nA=file\n# comment\n', { mode: 0o600 });
    expect((await load('env_file: secrets\nenv: {A: own}\n')).env).toEqual({ TOKEN: 'a b', A: 'own' });
  });

  it('env_file must be private, and there', async () => {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    writeFileSync(join(home, 'secrets'), 'TOKEN=x\n');
    chmodSync(join(home, 'secrets'), 0o640);
    const error = await refused(load('env_file: secrets\n'));
    expect(error).toMatchObject({ code: 'env_file_open', exitCode: 2 });
    expect(error.hint).toContain('chmod 600');
    expect(error.message).not.toContain('TOKEN');
    expect(await refused(load('env_file: missing\n'))).toMatchObject({ code: 'env_file_missing' });
  });
});

describe('pool policy', () => {
  const text = `
health_interval: 5m
failures: {limit: 5}
backoff: {base: 10s}
connect: docker exec -it {name} sh
templates:
  docker:
    backoff: {cap: 1h}
    connect: ["ssh", "{output.host}"]
    probe: {tcp: "127.0.0.1:22", timeout: 1s}
    presets:
      large:
        failures: {limit: 1}
        backoff: {factor: 3}
        readiness: probe
`;

  it('the nearest setting wins, leaf by leaf', async () => {
    const { policy } = await load(text);
    expect(policy('docker', 'large')).toMatchObject({
      failuresLimit: 1,
      backoff: { baseMs: 10_000, factor: 3, capMs: 3_600_000 },
      readiness: 'probe',
      healthIntervalMs: 300_000,
      connect: ['ssh', '{output.host}'],
      probe: { tcp: '127.0.0.1:22', timeoutMs: 1000, intervalMs: 2000, deadlineMs: 300_000 },
    });
    expect(policy('docker', 'other')).toMatchObject({
      failuresLimit: 5,
      backoff: { factor: 2, capMs: 3_600_000 },
      readiness: 'auto',
    });
    expect(policy('other', undefined)).toMatchObject({ probe: undefined, connect: ['docker', 'exec', '-it', '{name}', 'sh'] });
  });

  it('a template may have the name of an object property', async () => {
    expect((await load(text)).policy('constructor', 'toString').failuresLimit).toBe(5);
  });

  it.each([
    ['claim_ttl: 8h\nclaim_ttl_max: 2h\n', '`claim_ttl` is 8h, more than claim_ttl_max, which is 2h'],
    ['claim_ttl: 8h\nclaim_ttl_max: 2h\ntemplates: {a: {claim_ttl: 1h}}\n', '`claim_ttl` is 8h'],
    ['claim_ttl_max: 2h\ntemplates: {a: {presets: {b: {claim_ttl: 3h}}}}\n', '`templates.a.presets.b.claim_ttl` is 3h'],
  ])('a life that no claim could have is refused: %j', async (text, message) => {
    expect((await refused(load(text))).message).toContain(message);
  });

  it('readiness by probe needs a probe', async () => {
    const error = await refused(load('templates:\n  a:\n    readiness: probe\n'));
    expect(error.message).toContain('`templates.a.readiness` is probe, but no probe is configured');
    expect(await refused(load('readiness: probe\n'))).toMatchObject({ code: 'config_invalid' });
  });
});

describe('a wrong file is refused with its line', () => {
  it.each([
    ['jobs: 2\nhealth_intervall: 5m\n', 2, 'unknown key `health_intervall`', 'did you mean `health_interval`?'],
    ['templates:\n  a:\n    presets:\n      b:\n        failures:\n          limt: 1\n', 6, 'limt', 'did you mean `limit`?'],
    ['a: 1\n', 1, 'unknown key `a`', 'known here: '],
    [
      `a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n`,
      1,
      'cannot be read',
      'write out',
    ],
    ['jobs: 2\nstore: 2\n', 2, '`store` has no effect in this version', 'remove the key'],
    ['x: [\n', 2, 'is not valid YAML', 'correct the file'],
    ['jobs: 1\njobs: 2\n', 2, 'is not valid YAML', 'correct the file'],
    ['- a\n', 1, 'the file', 'top-level keys are'],
    ['\njobs: many\n', 2, '`jobs`', 'correct the value'],
    ['jobs: 0\n', 1, '`jobs`', 'correct the value'],
    ['claim_ttl: 8\n', 1, '"8" has no unit: write 8s, 8m, 8h or 8d', 'correct the value'],
    ['claim_ttl: 0h\n', 1, '"0h" is no time at all', 'correct the value'],
    ['claim_ttl: 99999999d\n', 1, '"99999999d" is longer than ten years', 'correct the value'],
    ['probe: {tcp: "h:1", timeout: 2d}\n', 1, 'must be at most 1d', 'correct the value'],
    ['agent_listen: 17780\n', 1, 'has a value of the wrong kind', 'correct the value'],
    ['env: {"C D": x}\n', 1, 'is a name that cannot be used here', 'correct the value'],
    ['backoff:\n  base: soon\n', 2, '"soon" is not a duration', 'correct the value'],
    ['readiness: agents\n', 1, '`readiness`', 'readiness is auto, agent, probe or provisioned'],
    ['connect: sh -c "a b"\n', 1, 'must be a list', 'correct the value'],
    ['probe: {tcp: "h:1", http: "http://h"}\n', 1, 'exactly one of command, tcp and http', 'correct the value'],
    ['env: {"A B": x}\n', 1, '`env', 'correct the value'],
    ['access_url: ftp://x\n', 1, 'must be an http or https URL', 'correct the value'],
  ])('%j: line %i', async (text, line, message, hint) => {
    const error = await refused(load(text));
    expect(error).toMatchObject({ code: 'config_invalid', exitCode: 2 });
    expect(error.message).toContain(`${join(home, 'config.yaml')}:${line}: `);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
    expect(error.message).not.toContain('\n');
  });
});

describe('suggestions', () => {
  it.each([
    ['jbos', 'jobs'],
    ['conect', 'connect'],
    ['zzz', undefined],
  ])('%s: %s', (typed, expected) => {
    expect(suggest(typed, ['jobs', 'connect', 'engine'])).toBe(expected);
  });
});
