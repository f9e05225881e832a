import { describe, expect, it } from 'vitest';
import { classify, describe as describeDiagnostic } from '../../../src/engine/diagnostics.ts';
import type { Diagnostic, EngineEvent, Failure, RunResult } from '../../../src/engine/engine.ts';

const error = (summary: string, more: Partial<Diagnostic> = {}): Diagnostic => ({
  severity: 'error',
  summary,
  detail: '',
  address: undefined,
  file: undefined,
  line: undefined,
  column: undefined,
  ...more,
});
const started: EngineEvent = {
  type: 'apply_start',
  address: 'docker_container.x',
  resourceType: 'docker_container',
  action: 'create',
};
const result = (diagnostics: readonly Diagnostic[], more: Partial<RunResult> = {}): RunResult => ({
  runId: 'r',
  folder: '/runs/r',
  exitCode: 1,
  events: [],
  diagnostics,
  durationMs: 1,
  interrupted: false,
  ...more,
});
const onResource: Partial<Diagnostic> = { address: 'docker_container.x', file: 'main.tf', line: 4, column: 1 };
const inText: Partial<Diagnostic> = { file: 'main.tf', line: 2, column: 7 };
const hex = 'a1'.repeat(32);

type Row = readonly [
  text: string,
  summary: string,
  more: Partial<Diagnostic>,
  phase: 'apply' | 'before',
  expected: Failure['errorClass'],
];
const TABLE: readonly Row[] = [
  [
    'daemon missing',
    'failed to create Docker client: Error pinging Docker server, please make sure that unix:///x is reachable. Error: Cannot connect to the Docker daemon',
    onResource,
    'apply',
    'environment',
  ],
  [
    'daemon missing while planning',
    'failed to create Docker client: Error pinging Docker server',
    onResource,
    'before',
    'environment',
  ],
  ['image', 'Unable to create container: unable to find or pull image X', onResource, 'apply', 'environment'],
  ['port', 'Unable to start container: bind: address already in use', onResource, 'apply', 'capacity'],
  ['memory', 'Unable to start container: unable to set memory limit', onResource, 'apply', 'template'],
  ['entrypoint', 'OCI runtime attempted to invoke a command that was not found', onResource, 'apply', 'template'],
  [
    'name conflict',
    `Unable to create container: Error response from daemon: container create: the container name "X" is already in use by ${hex}. You have to remove that container`,
    onResource,
    'apply',
    'template',
  ],
  ['network missing', 'unable to find network with name or ID X', onResource, 'apply', 'environment'],
  ['network exists', 'network name X already used: network already exists', onResource, 'apply', 'template'],
  [
    'local-exec',
    'local-exec provisioner error',
    { ...onResource, detail: "Error running command 'deploy --password hunter2': exit status 124. Output: a\nlast words" },
    'apply',
    'transient',
  ],
  ['file', 'Create local file error', { ...onResource, detail: 'open /x: permission denied' }, 'apply', 'environment'],
  [
    'provider killed',
    'Plugin did not respond',
    { detail: 'The plugin encountered an error, and failed to respond to the plugin6.(*GRPCProvider).ApplyResourceChange call' },
    'apply',
    'transient',
  ],
  ['syntax', 'Invalid expression', inText, 'before', 'template'],
  ['argument', 'Unsupported argument', inText, 'before', 'template'],
  ['reference', 'Reference to undeclared input variable', inText, 'before', 'template'],
  ['function', 'Call to unknown function', inText, 'before', 'template'],
  ['variable missing', 'No value for required variable', inText, 'before', 'template'],
  ['variable wrong', 'Invalid value for input variable', inText, 'before', 'template'],
  ['variable undeclared', 'Value for undeclared variable', {}, 'before', 'template'],
  ['core version', 'Unsupported Terraform Core version', inText, 'before', 'environment'],
  ['lock file', 'Inconsistent dependency lock file', {}, 'before', 'environment'],
  ['not installed', 'Required plugins are not installed', {}, 'before', 'environment'],
  ['backend', 'Backend initialization required, please run "terraform init"', {}, 'before', 'environment'],
  ['database down', 'dial tcp 127.0.0.1:5432: connect: connection refused', {}, 'before', 'transient'],
  [
    'state locked',
    'Error acquiring the state lock',
    { detail: 'Error message: resource temporarily unavailable\nLock Info:\n  ID: 1' },
    'before',
    'busy',
  ],
  [
    'state locked in the database',
    'Error acquiring the state lock',
    { detail: 'Workspace is already locked: NAME' },
    'before',
    'busy',
  ],
  [
    'state broken',
    'Error acquiring the state lock',
    { detail: 'Unsupported state file format: syntax error at byte offset 5' },
    'before',
    'environment',
  ],
  [
    'disk full',
    'Error acquiring the state lock',
    { detail: 'could not write lock info: no space left on device' },
    'before',
    'environment',
  ],
  [
    'disk full on a resource',
    'Create local file error',
    { ...onResource, detail: 'no space left on device' },
    'apply',
    'environment',
  ],
  ['stale plan', 'Saved plan is stale', { detail: 'The given plan file can no longer be applied' }, 'before', 'stale_plan'],
  ['unknown, on a resource', 'Something odd', onResource, 'apply', 'transient'],
];

describe('classify', () => {
  it.each(TABLE)('%s', (_name, summary, more, phase, expected) => {
    const found = classify(result([error(summary, more)], { events: phase === 'apply' ? [started] : [] }));
    expect(found.errorClass).toBe(expected);
    expect(found.message).not.toMatch(/\n/);
    expect(found.address).toBe(more.address);
    if (more.address !== undefined) expect(found.message.startsWith(`${more.address}: `)).toBe(true);
  });

  it('an interrupt of ours goes before everything the engine says', () => {
    const one = result([error('execution halted'), error('Something odd', onResource)], { events: [started] });
    expect(classify(one, { interrupted: true }).errorClass).toBe('cancelled');
    expect(classify({ ...one, interrupted: true }).errorClass).toBe('cancelled');
    expect(classify({ ...one, interrupted: true }, { interrupted: false }).errorClass).toBe('transient');
  });

  it('somebody else interrupted: only what follows from it is said', () => {
    expect(classify(result([error('execution halted'), error('context canceled', onResource)])).errorClass).toBe('cancelled');
  });

  it('looks past the noise, and lets a state problem decide', () => {
    const noisy = classify(result([error('execution halted'), error('Invalid expression', inText)]));
    expect(noisy).toMatchObject({ errorClass: 'template', message: 'Invalid expression (main.tf:2)' });
    const state = classify(
      result([error('Something odd', inText), error('Failed to save state', { detail: 'no space left on device' })]),
    );
    expect(state.errorClass).toBe('environment');
  });

  it.each([
    [137, 'the engine was ended by signal 9'],
    [11, 'the engine crashed (panic)'],
    [undefined, 'the run ended without a result: its process was killed'],
    [1, 'the engine ended with exit code 1 and gave no reason'],
  ])('exit code %s without a diagnostic', (exitCode, message) => {
    expect(classify(result([], { exitCode }))).toStrictEqual({ errorClass: 'transient', message, address: undefined });
  });

  it('warnings are never the cause', () => {
    expect(classify(result([error('Deprecated flag', { severity: 'warning' })])).message).toMatch(/gave no reason/);
  });
});

describe('describe', () => {
  it('tells how a step ended and its last words, but not its command', () => {
    const detail = "Error running command 'deploy --password hunter2': exit status 7. Output: first\nno such luck\n";
    const text = describeDiagnostic(error('local-exec provisioner error', { address: 'terraform_data.m', detail }));
    expect(text).toBe('terraform_data.m: local-exec provisioner error: exit status 7, no such luck');
  });

  it('stays short', () => {
    expect(describeDiagnostic(error('x'.repeat(2000))).length).toBe(300);
  });
});
