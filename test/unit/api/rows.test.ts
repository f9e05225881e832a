import { describe, expect, it } from 'vitest';
import type { WorkspaceView } from '../../../src/api/app.ts';
import { rowsOf, type RowOrder } from '../../../src/api/rows.ts';

const view = (name: string, more: Partial<WorkspaceView['workspace']> = {}, template = 'docker'): WorkspaceView =>
  ({
    workspace: { ownerName: 'ann', name, phase: 'ready', createdAt: 0, claimSafety: 'safe', ...more },
    template,
    version: 1,
    preset: undefined,
  }) as WorkspaceView;

const VIEWS = [
  view('b', { createdAt: 30, claimSafety: 'unsafe' }),
  view('c', { createdAt: 10, phase: 'failed' }, 'aws'),
  view('a', { createdAt: 20, claimSafety: 'unknown' }),
];
const names = (order: RowOrder, reverse = false) =>
  rowsOf(VIEWS, { order, reverse, limit: 10 })
    .rows.map(({ name }) => name)
    .join('');

describe('rows of the table of workspaces', () => {
  it.each([
    ['name', 'abc', 'cba'],
    ['status', 'cab', 'abc'],
    ['template', 'cab', 'abc'],
    ['age', 'bac', 'cab'],
    ['safety', 'bac', 'cab'],
  ] as const)('by %s are %s, or %s', (order, forward, backward) => {
    expect([names(order), names(order, true)]).toEqual([forward, backward]);
  });

  it('are cut to what is asked for, and counted', () => {
    const { total, rows } = rowsOf(VIEWS, { order: 'name', reverse: false, limit: 1 });
    expect([total, rows.length]).toEqual([3, 1]);
    expect(rows[0]).toMatchObject({ owner: 'ann', name: 'a', live: undefined });
    expect(rows[0]).not.toHaveProperty('unsafeChanges');
  });
});
