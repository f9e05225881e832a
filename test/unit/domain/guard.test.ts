import { describe, expect, it } from 'vitest';
import { describeReplacement, rebuilt } from '../../../src/domain/guard.ts';
import type { PlannedChange } from '../../../src/domain/types.ts';

const change = (action: PlannedChange['action'], facts: Partial<PlannedChange> = {}): PlannedChange => ({
  address: 'docker_container.workspace',
  type: 'docker_container',
  action,
  ...facts,
});

describe('rebuilt', () => {
  const rows: readonly (readonly [PlannedChange['action'], boolean])[] = [
    ['create', false],
    ['read', false],
    ['update', false],
    ['replace', true],
    ['delete', true],
    ['move', false],
    ['import', false],
    ['forget', false],
  ];
  it.each(rows)('%s: %s', (action, expected) => {
    expect(rebuilt([change(action)])).toHaveLength(expected ? 1 : 0);
    expect(rebuilt([change(action, { type: 'coder_agent' })])).toEqual([]);
  });

  it('keeps the order', () => {
    const first = change('delete', { address: 'a' });
    const second = change('replace', { address: 'b' });
    expect(rebuilt([first, change('update'), second])).toEqual([first, second]);
  });
});

describe('describeReplacement', () => {
  const rows: readonly (readonly [PlannedChange, string])[] = [
    [change('replace', { paths: ['env', 'name'], reason: 'cannot_update' }), 'is replaced because of env, name'],
    [change('replace', { reason: 'tainted' }), 'is replaced because it is tainted'],
    [change('replace', { reason: 'replace_by_triggers' }), 'is replaced because of replace_triggered_by'],
    [change('replace'), 'is replaced'],
    [change('delete', { reason: 'delete_because_no_module' }), 'is destroyed because of no module'],
    [change('delete', { reason: 'constructor' }), 'is destroyed because of constructor'],
  ];
  it.each(rows)('%j', (planned, words) => {
    expect(describeReplacement(planned)).toBe(`docker_container.workspace ${words}`);
  });
});
