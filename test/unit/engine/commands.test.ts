import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  applyArgs,
  errorText,
  firstError,
  initArgs,
  initVersion,
  planArgs,
  refreshOnlyArgs,
  replacePathsOf,
  showArgs,
  showPlan,
} from '../../../src/engine/commands.ts';

const engine = {
  kind: 'terraform',
  path: join(import.meta.dirname, '..', '..', '..', 'fixtures', 'bin', 'fake-engine'),
  version: '1.11.4',
} as const;
const input = (behaviour: Record<string, string>) => ({
  engine,
  cwd: '/',
  env: { PATH: process.env['PATH'] ?? '', ...behaviour },
});

describe('arguments', () => {
  it.each([
    ['init', initArgs(), 'init -input=false -no-color'],
    [
      'plan',
      planArgs({ refresh: false, destroy: false, out: '/r/plan', varFile: '/v.json' }),
      'plan -json -input=false -no-color -refresh=false -var-file=/v.json -out=/r/plan',
    ],
    [
      'plan of a delete',
      planArgs({ refresh: true, destroy: true, out: '/r/plan', varFile: undefined }),
      'plan -json -input=false -no-color -refresh=true -destroy -out=/r/plan',
    ],
    [
      'plan for an evaluation',
      planArgs({ refresh: false, destroy: false, out: 'p', varFile: undefined, targets: ['data.a.b'], lock: false }),
      'plan -json -input=false -no-color -refresh=false -lock=false -target=data.a.b -out=p',
    ],
    ['apply', applyArgs({ plan: '/r/plan' }), 'apply -json -input=false -no-color -auto-approve /r/plan'],
    ['check', refreshOnlyArgs({ varFile: undefined }), 'plan -refresh-only -json -input=false -no-color'],
    ['show', showArgs({ plan: '/r/plan' }), 'show -json -no-color /r/plan'],
  ])('%s', (_name, args, expected) => {
    expect(args.join(' ')).toBe(expected);
  });
});

const FRAMED = `
Initializing provider plugins...
╷
│ Error: Failed to query available provider packages
│
│ Could not retrieve the list of available versions for provider
│ coder/nope: provider registry does not have it
│
│ All modules should be checked.
╵
`;

describe('errorText', () => {
  it.each([
    [
      FRAMED,
      'Failed to query available provider packages: Could not retrieve the list of available versions for provider coder/nope: provider registry does not have it',
    ],
    ['\u001b[31mError: \u001b[0m\u001b[1mshort\u001b[0m\n', 'short'],
    ['all well', undefined],
  ])('%j', (text, expected) => {
    expect(errorText(text)).toBe(expected);
  });

  it('firstError never says nothing', () => {
    const nothing = { stdout: '', stderr: '', timedOut: false, exitCode: 5, startError: undefined };
    expect(firstError(nothing)).toBe('exit code 5');
    expect(firstError({ ...nothing, timedOut: true })).toBe('it took too long');
    expect(firstError({ ...nothing, startError: 'EACCES' })).toBe('it could not be started (EACCES)');
  });
});

describe('initVersion', () => {
  it('passes when the engine does', async () => {
    await expect(initVersion(input({}))).resolves.toBeUndefined();
  });

  it('names the first error and what to do about a provider', async () => {
    await expect(initVersion(input({ FAKE_ENGINE_EXIT: '1', FAKE_ENGINE_STDERR: FRAMED }))).rejects.toMatchObject({
      code: 'init_failed',
      exitCode: 3,
      message: expect.stringMatching(/^terraform init failed: Failed to query/) as string,
      hint: expect.stringMatching(/registry or mirror/) as string,
    });
  });

  it('never sees the map of a session', async () => {
    const failing = input({ FAKE_ENGINE_EXIT: '1', FAKE_ENGINE_STDERR: 'Error: x', TF_REATTACH_PROVIDERS: '{}' });
    await expect(initVersion(failing)).rejects.toMatchObject({ message: 'terraform init failed: x' });
  });

  it('an abort is an interrupt, not a failure of the engine', async () => {
    const signal = AbortSignal.abort();
    await expect(initVersion({ ...input({ FAKE_ENGINE_SLEEP: '1' }), signal })).rejects.toMatchObject({ code: 'interrupted' });
  });
});

describe('showPlan', () => {
  it('gives the parsed plan', async () => {
    expect(await showPlan({ ...input({ FAKE_ENGINE_STDOUT: '{"a":1}' }), plan: 'p' })).toStrictEqual({ a: 1 });
  });

  it('an engine that cannot read it is an engine error', async () => {
    const failing = input({ FAKE_ENGINE_EXIT: '1', FAKE_ENGINE_STDERR: 'Error: Failed to read plan' });
    await expect(showPlan({ ...failing, plan: 'p' })).rejects.toMatchObject({ code: 'show_failed' });
  });
});

it('replacePathsOf names what forces each replacement', () => {
  const change = (actions: string[], replace_paths?: (string | number)[][]) => ({
    actions,
    ...(replace_paths === undefined ? {} : { replace_paths }),
  });
  const paths = replacePathsOf({
    resource_changes: [
      { address: 'a.create', change: change(['create']) },
      { address: 'a.replace', change: change(['delete', 'create'], [['env'], ['ports', 0, 'internal']]) },
      { address: 'a.first', change: change(['create', 'delete'], [['name']]) },
      { address: 'a.tainted', change: change(['delete', 'create']) },
    ],
  });
  expect([...paths]).toStrictEqual([
    ['a.replace', ['env', 'ports.0.internal']],
    ['a.first', ['name']],
    ['a.tainted', []],
  ]);
});
