import type { Command } from 'commander';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../../src/cli/program.ts';
import type { Outside } from '../../../src/cli/context.ts';
import { cli } from './fakes.ts';

const unused = (): never => {
  throw new Error('not expected');
};

const outside: Outside = {
  io: {
    out: () => undefined,
    err: () => undefined,
    outTty: false,
    errTty: false,
    outColumns: undefined,
    errColumns: undefined,
    errStream: new PassThrough(),
  },
  env: {},
  clock: { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() },
  signals: { signal: new AbortController().signal, received: () => undefined, held: (work) => work() },
  createApp: unused,
  connectTo: unused,
  spawn: unused,
  confirm: undefined,
};

/** Full names of all commands that people can see, `template push` and so on. */
function names(command: Command, prefix = ''): string[] {
  return command.commands.flatMap((sub) => {
    const name = `${prefix}${sub.name()}`;
    return sub.name().startsWith('__') ? [] : [name, ...names(sub, `${name} `)];
  });
}

const all = names(buildProgram(outside, () => undefined));

describe('the command tree', () => {
  it('has the commands of the specification', () => {
    expect(all.toSorted()).toEqual(
      [
        ...['template', 'template push', 'template list', 'template versions', 'template show', 'template promote'],
        ...['template deprecate', 'template delete', 'presets', 'reconcile', 'status', 'pause', 'resume', 'retry'],
        ...['claim', 'create', 'list', 'show', 'history', 'logs', 'connect', 'start', 'stop', 'restart', 'update'],
        ...['rename', 'extend', 'delete', 'lint', 'events', 'metrics', 'doctor', 'completion'],
        ...['backup', 'restore', 'gc', 'why', 'serve', 'token', 'token create', 'token list', 'token revoke'],
        ...['group', 'group create', 'group list', 'group show', 'group edit', 'group delete', 'group add', 'group remove'],
        ...['user', 'user list', 'user show', 'user create', 'quota', 'organization', 'organization create', 'organization list'],
        ...['invalidate', 'drain', 'prune', 'hold', 'unhold'],
        ...['hooks', 'hooks list', 'hooks deliver', 'hooks test', 'sweep'],
      ].toSorted(),
    );
  });

  it.each(all)('prints help with two examples and the options that hold everywhere: %s', async (name) => {
    const { code, out, err } = await cli([...name.split(' '), '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n').filter((line) => line.startsWith(`  $ prebuilds ${name.split(' ')[0]}`))).toHaveLength(2);
    for (const option of ['--json', '--home <dir>', '--config <file>', '-q, --quiet', '-v, --verbose'])
      expect(out).toContain(option);
  });

  it('does not show the hidden completion command', async () => {
    expect((await cli(['--help'])).out).not.toContain('__complete');
  });
});

describe('wrong use', () => {
  it.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['claim'], "missing required argument 'template'"],
    [['list', '--nope'], "unknown option '--nope'"],
    [['list', 'a'], 'too many arguments'],
    [['reconcile', '--timeout', 'soon'], '"soon" is not a duration like 90s, 10m or 2h.'],
    [['reconcile', '--timeout', '0s'], '"0s" is no time at all: write a duration like 90s, 10m or 2h.'],
    [['claim', 'docker', '--ttl', '99999d'], '"99999d" is longer than ten years.'],
    [['claim', 'docker', '--ttl', '8'], '"8" has no unit: write 8s, 8m, 8h or 8d.'],
    [['logs', 'api', '--build', '0'], 'Write a whole number from 1 on'],
    [['template', 'promote', 'docker', 'latest'], 'Write a whole number from 1 on'],
    [['completion', 'csh'], 'Allowed choices are bash, zsh, fish'],
  ])('%j exits 2 with one line', async (args, message) => {
    const { code, out, err, opened } = await cli(args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err.split('\n')[0]).toContain(message);
    expect(err.split('\n')[0]).toMatch(/^error: /);
    expect(err.trimEnd().split('\n')).toHaveLength(2);
    expect(opened).toBeUndefined();
  });

  it('suggests the command that was meant', async () => {
    expect((await cli(['clam', 'docker'])).err).toContain('hint: did you mean claim?');
  });

  it('shows help on stderr and exits 2 without a command', async () => {
    const { code, out, err } = await cli([]);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('Usage: prebuilds');
  });

  it('answers with JSON too when asked', async () => {
    const { code, json } = await cli(['--json', 'frobnicate']);
    expect(code).toBe(2);
    expect(json).toEqual({
      error: { code: 'usage', message: "unknown command 'frobnicate'", hint: 'see --help of the command', details: {} },
    });
  });
});
