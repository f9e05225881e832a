import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Build, BuildState, Run } from '../../../src/domain/types.ts';
import type { WorkspaceDeps } from '../../../src/workspace/deps.ts';
import { endPlanRuns, planFile, removePlans } from '../../../src/workspace/plan-runs.ts';

describe('the plans of a build', () => {
  let home: string;
  let consumed: string[];
  let interrupted: string[];
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'prebuilds-plans-'));
    [consumed, interrupted] = [[], []];
  });
  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });

  /** A plan that was read, one that still works, and the apply of the first; each with its folder. */
  const runs = (): readonly Run[] =>
    (['read', 'working', 'apply'] as const).map((id) => {
      const folder = join(home, id);
      mkdirSync(folder);
      writeFileSync(planFile({ folder }), 'secret');
      const consumedAt = id === 'read' ? 1 : undefined;
      return { id, folder, kind: id === 'apply' ? 'apply' : 'plan', consumedAt } as Run;
    });
  const depsFor = (rows: readonly Run[]): WorkspaceDeps =>
    ({
      store: { listRuns: async () => rows, consumeRun: async (id: string) => void consumed.push(id) },
      engine: {
        runner: { isRunAlive: () => true, interrupt: async (folder: string) => void interrupted.push(folder) },
      },
    }) as unknown as WorkspaceDeps;
  const build = (state: BuildState): Build => ({ id: 'b1', state }) as Build;
  const left = (rows: readonly Run[]): readonly string[] => rows.filter((run) => existsSync(planFile(run))).map(({ id }) => id);

  it.each(['planning', 'planned'] as const)('are ended and removed while the build is %s', async (state) => {
    const rows = runs();
    await endPlanRuns(depsFor(rows), build(state));
    expect({ consumed, interrupted, left: left(rows) }).toEqual({
      consumed: ['working'],
      interrupted: [join(home, 'working')],
      left: ['apply'],
    });
  });

  it.each(['applying', 'verifying'] as const)('are ended, and their files kept for the apply, while it is %s', async (state) => {
    const rows = runs();
    await endPlanRuns(depsFor(rows), build(state));
    expect({ consumed, left: left(rows) }).toEqual({ consumed: ['working'], left: ['read', 'working', 'apply'] });
  });

  it('are removed when its applies are over', async () => {
    const rows = runs();
    await removePlans(depsFor(rows), build('applying'));
    expect({ consumed, left: left(rows) }).toEqual({ consumed: [], left: ['apply'] });
  });
});
