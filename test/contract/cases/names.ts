import { describe, expect, it } from 'vitest';
import { SYSTEM_USER } from '../../../src/domain/types.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import { applyBuild, givenReadyCold, givenReserved, givenTemplate, must, queue, succeed } from '../support.ts';

export function nameCases(open: OpenStore): void {
  describe('names that workspaces do not have now', () => {
    const at = eachTest(open);

    it('are those of claims under way, from the reservation to the end of the claim', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      const { workspace, build } = await givenReserved(a, clock, given, { name: 'Dev' });
      const other = await givenReserved(a, clock, given, { name: 'dev', owner: 'carl' });
      const bob = { workspaceId: workspace.id, owner: 'bob', name: 'Dev' };
      const carl = { workspaceId: other.workspace.id, owner: 'carl', name: 'dev' };
      const byOwner = async (filter?: Parameters<typeof b.claimants>[0]) =>
        [...(await b.claimants(filter))].sort((one, two) => one.owner.localeCompare(two.owner));
      expect(await byOwner()).toEqual([bob, carl]);
      expect(await byOwner({ named: 'DEV' })).toEqual([bob, carl]);
      expect(await b.claimants({ workspaceId: workspace.id })).toEqual([bob]);
      expect(await b.claimants({ named: 'other' })).toEqual([]);
      await a.releaseClaim(other.claim.id, 'its plan failed');
      await succeed(a, build);
      expect(await b.claimants()).toEqual([]);
    });

    it('are all that it had, with the pool and with its owner, also when it is deleted', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      const { workspace, build } = await givenReserved(a, clock, given, { name: 'first' });
      await succeed(a, build);
      for (const name of ['second', 'third']) {
        clock.advance(1000);
        const now = await a.getWorkspace(workspace.id);
        await succeed(a, must(await queue(a, now, 'start', { workspaceName: name }), 'a rename').build);
      }
      const failed = must(await queue(a, await a.getWorkspace(workspace.id), 'start', { workspaceName: 'never' }), 'a rename');
      await applyBuild(a, failed.build);
      await a.finishBuild(failed.build.id, { state: 'failed', error: 'no', errorClass: 'template' });
      await succeed(a, must(await queue(a, await a.getWorkspace(workspace.id), 'delete'), 'a delete').build);
      const { ownerId } = await b.getWorkspace(workspace.id);
      const ids = async (owner: string, name: string) => (await b.onceNamed(owner, name)).map((one) => one.workspaceId);
      for (const name of ['first', 'SECOND', 'third']) expect(await ids(ownerId, name)).toEqual([workspace.id]);
      expect(await ids(SYSTEM_USER.id, workspace.name)).toEqual([workspace.id]);
      expect(await ids(ownerId, 'never')).toEqual([]);
      expect(await ids(given.actor.id, 'first')).toEqual([]);
    });

    it('belong to several, the one that had it last first', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      const deleted: string[] = [];
      for (let n = 0; n < 2; n += 1) {
        const workspace = await givenReadyCold(a, given, { name: 'dev' });
        deleted.push(workspace.id);
        clock.advance(1000);
        await succeed(a, must(await queue(a, workspace, 'delete'), 'a delete').build);
        clock.advance(1000);
      }
      const { ownerId } = await a.getWorkspace(must(deleted[0]));
      const found = await a.onceNamed(ownerId, 'dev');
      expect(found.map((one) => one.workspaceId)).toEqual(deleted.toReversed());
      expect(found[0]?.at).toBe(clock.now() - 1000);
    });
  });
}
