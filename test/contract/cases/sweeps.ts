import { describe, expect, it } from 'vitest';
import type { SweepResult } from '../../../src/domain/sweep.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import { applyBuild, givenCold, givenTemplate, kindsOf } from '../support.ts';

const result = (more: Partial<SweepResult> = {}): SweepResult => ({
  source: 'docker unix:///x',
  at: 1000,
  objects: 3,
  findings: [
    {
      verdict: 'leaked',
      kind: 'container',
      id: 'c1',
      type: 'docker_container',
      name: 'dev',
      workspaceId: 'w1',
      workspace: 'ann/dev',
      reason: 'its workspace is deleted',
      removable: true,
    },
    { verdict: 'foreign', kind: 'object', id: 'i-1', type: '', reason: 'its workspace is not of this home', removable: false },
  ],
  error: undefined,
  ...more,
});

export function sweepCases(open: OpenStore): void {
  describe('sweeps', () => {
    const at = eachTest(open);

    it('keep the newest result of each source', async () => {
      const { a, b } = at();
      await a.saveSweep(result());
      await b.saveSweep(result({ source: 'process /m', findings: [] }));
      expect(await a.listSweeps()).toEqual([result(), result({ source: 'process /m', findings: [] })]);
      await b.saveSweep(result({ at: 2000, error: 'no answer' }));
      await a.saveSweep(result({ at: 1500 }));
      expect((await a.listSweeps())[0]).toEqual(result({ at: 2000, error: 'no answer' }));
    });

    it('resolve the suspects that they name, and no others', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const { workspace, build } = await givenCold(a, given);
      await applyBuild(a, build);
      await a.finishBuild(build.id, {
        state: 'failed',
        error: 'killed',
        errorClass: 'environment',
        suspects: ['docker_container.a', 'docker_volume.b'].map((address) => ({ address, type: address.split('.')[0] ?? '' })),
      });
      await a.resolveSuspects(workspace.id, 'absent', ['docker_volume.b', 'docker_volume.other']);
      expect((await a.listSuspects('open')).map(({ address }) => address)).toEqual(['docker_container.a']);
      expect((await a.listSuspects('absent')).map(({ address }) => address)).toEqual(['docker_volume.b']);
      expect((await kindsOf(a, workspace.id)).at(-1)).toBe('workspace.suspects_resolved');
    });
  });
}
