import { describe, expect, it } from 'vitest';
import { dailyCostOf, plannedCostOf } from '../../../src/engine/cost.ts';
import { parseState } from '../../../src/engine/state.ts';

const metadata = (daily_cost: unknown, mode = 'managed') => ({ type: 'coder_metadata', mode, values: { daily_cost } });

describe('plannedCostOf', () => {
  it('sums coder_metadata over all modules, and nothing else', () => {
    const inner = { resources: [metadata(7)], child_modules: [{ resources: [metadata(1), metadata(2)] }] };
    const root_module = {
      resources: [
        metadata(10),
        metadata(100, 'data'),
        { type: 'docker_container', mode: 'managed', values: { daily_cost: 1000 } },
      ],
      child_modules: [inner],
    };
    expect(plannedCostOf({ planned_values: { root_module } })).toBe(20);
  });

  it.each([[{}], [{ planned_values: {} }], [{ planned_values: { root_module: {} } }]])('%j costs nothing', (plan) => {
    expect(plannedCostOf(plan)).toBe(0);
  });

  it.each([
    [null, 0],
    [undefined, 0],
    ['5', 0],
    [-3, 0],
    [2.5, 3],
  ])('a cost of %j counts as %j', (cost, counted) => {
    expect(dailyCostOf('coder_metadata', { daily_cost: cost })).toBe(counted);
  });
});

describe('the cost in a state', () => {
  it('sums every instance that is not deposed', () => {
    const instances = [
      { index_key: 0, attributes: { id: 'a', daily_cost: 4 } },
      { index_key: 1, attributes: { id: 'b', daily_cost: 5 } },
      { index_key: 1, deposed: 'abcd', attributes: { id: 'c', daily_cost: 100 } },
    ];
    const resources = [
      { mode: 'managed', type: 'coder_metadata', name: 'm', instances },
      { mode: 'managed', type: 'coder_metadata', name: 'free', instances: [{ attributes: { id: 'd', daily_cost: null } }] },
    ];
    const found = parseState(JSON.stringify({ version: 4, serial: 1, lineage: 'l', resources }));
    expect(found).toMatchObject({ kind: 'ok', dailyCost: 9 });
  });
});
