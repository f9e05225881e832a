import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfigFile } from '../../../src/app/config-file.ts';
import { hookTargets, readSecret } from '../../../src/app/hooks-config.ts';
import { makeSweepOf } from '../../../src/app/sweep-config.ts';

const hooksOf = (yaml: string) => hookTargets(parseConfigFile(yaml, 'c.yaml'), '/etc/prebuilds');
const sweepOf = (yaml: string, env: Record<string, string> = {}) => makeSweepOf(parseConfigFile(yaml, 'c.yaml'), env);

describe('hooks in the configuration', () => {
  it('are one receiver or a list, each with its defaults', () => {
    const targets = hooksOf(
      [
        'hooks:',
        '  on_ready: { command: notify --quick }',
        '  on_claim:',
        '    - { command: [sh, -c, "cat | logger"], timeout: 2s, retries: 0, templates: [docker] }',
        '    - { webhook: "https://x.example/a", secret_env: KEY }',
        '    - { webhook: "http://127.0.0.1:1/", secret_file: keys/hook }',
      ].join('\n'),
    );
    const rest = { timeoutMs: 10_000, retries: undefined, templates: undefined };
    expect(targets).toEqual({
      on_ready: [{ ...rest, run: { command: ['notify', '--quick'] } }],
      on_claim: [
        { timeoutMs: 2000, retries: 0, templates: ['docker'], run: { command: ['sh', '-c', 'cat | logger'] } },
        { ...rest, run: { webhook: 'https://x.example/a', secret: { env: 'KEY' } } },
        { ...rest, run: { webhook: 'http://127.0.0.1:1/', secret: { file: '/etc/prebuilds/keys/hook' } } },
      ],
      on_release: [],
      on_replace: [],
      on_limit: [],
      on_expiring: [],
    });
    expect(Object.values(hooksOf('')).flat()).toEqual([]);
  });

  it.each([
    ['hooks: { on_fire: { command: x } }', 'c.yaml:1: unknown key `hooks.on_fire`'],
    ['hooks:\n  on_claim:\n    - { timeout: 1s }', 'c.yaml:3: `hooks.on_claim.0`: needs exactly one of command and webhook'],
    ['hooks: { on_claim: { webhook: "https://x" } }', 'needs exactly one of secret_env and secret_file'],
    ['hooks: { on_claim: { command: x, secret_env: K } }', 'secret_env and secret_file are for webhooks'],
    ['hooks: { on_claim: { webhook: "ftp://x", secret_env: K } }', 'must be an http or https URL'],
    ['hooks: { on_claim: { command: x, retry: 1 } }', 'unknown key `hooks.on_claim.0.retry`'],
  ])('%j is refused', (yaml, message) => {
    expect(() => hooksOf(yaml)).toThrow(message);
  });
});

describe('the key of a webhook', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'prebuilds-secret-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is that of the configuration before that of the command', () => {
    expect(readSecret({ env: 'KEY' }, { KEY: 'a' }, { KEY: 'b' })).toBe('a');
    expect(readSecret({ env: 'KEY' }, {}, { KEY: 'b' })).toBe('b');
    expect(() => readSecret({ env: 'KEY' }, {}, { KEY: '' })).toThrow('variable KEY is not set');
  });

  it('in a file must be for its owner alone', () => {
    const file = join(folder, 'key');
    expect(() => readSecret({ file }, {}, {})).toThrow('cannot be read');
    writeFileSync(file, 'open sesame\n', { mode: 0o600 });
    expect(readSecret({ file }, {}, {})).toBe('open sesame');
    chmodSync(file, 0o644);
    expect(() => readSecret({ file }, {}, {})).toThrow('can be read by others');
    chmodSync(file, 0o600);
    writeFileSync(file, '\n');
    expect(() => readSecret({ file }, {}, {})).toThrow('is empty');
  });
});

describe('sweep in the configuration', () => {
  it('holds for a template, else for all, and not at all unless asked for', () => {
    const of = sweepOf(
      'sweep: { docker: true }\ntemplates:\n  vm: { sweep: { command: [list, vms], interval: 1h, timeout: 5s } }\n  bare: { sweep: { docker: false } }\n',
    );
    const docker = { kind: 'docker', host: 'unix:///var/run/docker.sock', label: 'coder.workspace_id' };
    expect(of('any')).toEqual({ sources: [docker], intervalMs: 300_000, timeoutMs: 30_000 });
    expect(of('vm')).toEqual({ sources: [{ kind: 'command', argv: ['list', 'vms'] }], intervalMs: 3_600_000, timeoutMs: 5000 });
    expect(of('bare')).toBeUndefined();
    expect(of('constructor')).toEqual({ sources: [docker], intervalMs: 300_000, timeoutMs: 30_000 });
    expect(sweepOf('')('any')).toBeUndefined();
  });

  it('looks where the engine would: the host given, else DOCKER_HOST of the configuration, else of the command', () => {
    const hostOf = (yaml: string) => sweepOf(yaml, { DOCKER_HOST: 'unix:///outer' })('x')?.sources[0];
    expect(hostOf('sweep: { docker: { host: "tcp://h:2375", label: l } }')).toMatchObject({ host: 'tcp://h:2375', label: 'l' });
    expect(hostOf('sweep: { docker: true }\nenv: { DOCKER_HOST: "unix:///inner" }')).toMatchObject({ host: 'unix:///inner' });
    expect(hostOf('sweep: { docker: true }')).toMatchObject({ host: 'unix:///outer' });
    expect(sweepOf('sweep: { process: { folder: /m/ } }')('x')?.sources).toEqual([{ kind: 'process', folder: '/m' }]);
  });

  it.each([
    ['sweep: { interval: 5m }', 'needs docker, process or command'],
    ['sweep: { docker: { host: "ssh://x" } }', 'must be unix:///PATH or tcp://HOST:PORT'],
    ['sweep: { process: { folder: m } }', 'must be an absolute path'],
    ['templates: { a: { presets: { b: { sweep: { docker: true } } } } }', 'unknown key `templates.a.presets.b.sweep`'],
  ])('%j is refused', (yaml, message) => {
    expect(() => sweepOf(yaml)).toThrow(message);
  });
});
