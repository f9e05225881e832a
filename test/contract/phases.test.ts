import { describe, expect, it } from 'vitest';
import { mayMoveBuild, mayMoveClaim, mayMovePhase } from '../../src/domain/phases.ts';
import { BUILD_STATES, CLAIM_STATES, LIVE_BUILD_STATES, WORKSPACE_PHASES } from '../../src/domain/types.ts';

/** Every pair of one list that a table allows, as `from > to`. */
function allowed<T extends string>(words: readonly T[], may: (from: T, to: T) => boolean): readonly string[] {
  return words.flatMap((from) => words.filter((to) => may(from, to)).map((to) => `${from} > ${to}`));
}

describe('transition tables', () => {
  it('nothing follows an end', () => {
    for (const to of WORKSPACE_PHASES) expect(mayMovePhase('deleted', to, false)).toBe(false);
    for (const from of ['succeeded', 'failed', 'canceled'] as const) {
      for (const to of BUILD_STATES) expect(mayMoveBuild(from, to)).toBe(false);
    }
    for (const from of ['served', 'failed', 'canceled'] as const) {
      for (const to of CLAIM_STATES) expect(mayMoveClaim(from, to)).toBe(false);
    }
  });

  it('every word but the first is reached, and every other one is left', () => {
    const reached = (pairs: readonly string[]) => new Set(pairs.map((pair) => pair.split(' > ')[1]));
    const phases = allowed(WORKSPACE_PHASES, (from, to) => mayMovePhase(from, to, false));
    expect(WORKSPACE_PHASES.filter((phase) => !reached(phases).has(phase))).toEqual(['queued']);
    const builds = allowed(BUILD_STATES, mayMoveBuild);
    expect(BUILD_STATES.filter((state) => !reached(builds).has(state))).toEqual([]);
    expect(LIVE_BUILD_STATES.filter((state) => !builds.some((pair) => pair.startsWith(`${state} > `)))).toEqual([]);
  });

  it('a prebuild is not updated, and its stop and delete are not undone: it differs from the workspace of a person in nothing else', () => {
    const all = allowed(WORKSPACE_PHASES, (from, to) => mayMovePhase(from, to, false));
    const prebuild = allowed(WORKSPACE_PHASES, (from, to) => mayMovePhase(from, to, true));
    expect(all.filter((pair) => !prebuild.includes(pair))).toEqual([
      'warming > provisioning',
      'ready > provisioning',
      'stopping > warming',
      'stopping > ready',
      'deleting > warming',
      'deleting > ready',
      'deleting > stopped',
      'deleting > failed',
      'deleting > quarantined',
    ]);
  });

  it('an apply that began is never canceled, and a claim that applies is never given up for a cold build', () => {
    expect(mayMoveBuild('applying', 'canceled')).toBe(false);
    expect(mayMoveBuild('verifying', 'canceled')).toBe(false);
    expect(mayMoveClaim('applying', 'cold')).toBe(false);
    expect(mayMoveClaim('applying', 'canceled')).toBe(false);
  });
});
