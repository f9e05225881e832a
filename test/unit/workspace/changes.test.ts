import { describe, expect, it } from 'vitest';
import type { Diagnostic, EngineEvent, RunResult } from '../../../src/engine/engine.ts';
import { anythingStarted, findSuspects } from '../../../src/workspace/changes.ts';
import type { StateFacts } from '../../../src/workspace/deps.ts';

const MACHINE = 'docker_container.machine';
const hook = (type: 'apply_start' | 'apply_complete' | 'apply_errored', address = MACHINE, action = 'create'): EngineEvent => ({
  type,
  address,
  resourceType: address.split('.')[0] ?? '',
  action,
});
const made = (id: string): EngineEvent => ({ type: 'apply_complete', address: MACHINE, resourceType: 'x', action: 'create', id });
const REPLACED: EngineEvent = {
  type: 'planned_change',
  change: { address: MACHINE, type: 'docker_container', action: 'replace' },
};
const planned = (address: string): EngineEvent => ({
  type: 'planned_change',
  change: { address, type: address.split('.')[0] ?? '', action: 'create' },
});
const result = (events: readonly EngineEvent[], more: Partial<RunResult> = {}): RunResult => ({
  ...{ runId: 'run', folder: '/run', exitCode: 1, events, diagnostics: [], durationMs: 1, interrupted: false },
  ...more,
});
const says = (summary: string): Diagnostic => ({
  ...{ severity: 'error', summary, detail: '', address: undefined, file: undefined, line: undefined, column: undefined },
});
const EMPTY: StateFacts = { kind: 'empty' };
const knows = (...addresses: string[]): StateFacts => ({
  ...{ kind: 'ok', serial: 1, lineage: 'l', agentToken: undefined, outputs: {}, dailyCost: 0 },
  resources: addresses.map((address) => ({ address, type: 'x', mode: 'managed', id: undefined })),
});
const has = (...ids: string[]): StateFacts => ({
  ...{ kind: 'ok', serial: 1, lineage: 'l', agentToken: undefined, outputs: {}, dailyCost: 0 },
  resources: ids.map((id) => ({ address: MACHINE, type: 'x', mode: 'managed', id })),
});
const addresses = (found: ReturnType<typeof findSuspects>): readonly string[] => found.map((one) => one.address);

describe('findSuspects', () => {
  it.each<[string, RunResult, StateFacts, readonly string[]]>([
    ['begun and never ended', result([hook('apply_start')]), EMPTY, [MACHINE]],
    ['ended, but the state does not have it', result([hook('apply_start'), hook('apply_complete')]), EMPTY, [MACHINE]],
    ['ended and in the state', result([hook('apply_start'), hook('apply_complete')]), knows(MACHINE), []],
    ['failed', result([hook('apply_start'), hook('apply_errored')]), EMPTY, []],
    [
      'failed because its provider died',
      result([hook('apply_start'), hook('apply_errored')], { diagnostics: [says('Plugin did not respond')] }),
      EMPTY,
      [MACHINE],
    ],
    ['only destroyed', result([hook('apply_start', MACHINE, 'delete')]), EMPTY, []],
    [
      'an object of the coder provider, which is nowhere but in the state',
      result([hook('apply_start', 'coder_agent.main')]),
      EMPTY,
      [],
    ],
    ['only planned, and nothing is missing of the output', result([planned(MACHINE)]), EMPTY, []],
    ['only planned, and the output is cut', result([planned(MACHINE)], { cut: true }), EMPTY, [MACHINE]],
    ['planned and in the state, and the output is cut', result([planned(MACHINE)], { cut: true }), knows(MACHINE), []],
    ['nothing said at all, and the output is cut', result([], { cut: true }), EMPTY, ['whatever the template makes']],
    [
      'replaced, and in the state',
      result([REPLACED, hook('apply_start', MACHINE, 'delete'), hook('apply_start')]),
      has('new'),
      [],
    ],
    ['begun beside the old one, which alone is in the state', result([REPLACED, hook('apply_start')]), has('old'), [MACHINE]],
    ['ended beside the old one, and in the state', result([REPLACED, hook('apply_start'), made('new')]), has('new', 'old'), []],
    [
      'ended beside the old one, and not in the state',
      result([REPLACED, hook('apply_start'), made('new')]),
      has('old'),
      [MACHINE],
    ],
    ['to be replaced, and never begun', result([REPLACED, hook('apply_start', 'docker_volume.a', 'delete')]), has('old'), []],
    ['to be replaced, and the output is cut', result([REPLACED], { cut: true }), has('old'), [MACHINE]],
  ])('%s', (_, run, state, expected) => {
    expect(addresses(findSuspects(run, state, []))).toEqual(expected);
  });

  it('takes the plan of an earlier run when the output of the apply is cut', () => {
    const before = [
      { address: MACHINE, type: 'docker_container', action: 'create' as const },
      { address: 'docker_volume.home', type: 'docker_volume', action: 'delete' as const },
    ];
    expect(addresses(findSuspects(result([], { cut: true }), EMPTY, before))).toEqual([MACHINE]);
  });
});

describe('anythingStarted', () => {
  it('is yes once a change has begun, and when nobody can know', () => {
    expect(anythingStarted(result([planned(MACHINE)]))).toBe(false);
    expect(anythingStarted(result([hook('apply_start')]))).toBe(true);
    expect(anythingStarted(result([], { cut: true }))).toBe(true);
  });
});
