import { describe, expect, it } from 'vitest';
import { SYSTEM_USER } from '../../../src/domain/types.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import { counterOf, givenPrebuild, givenTemplate, must, newVersion } from '../support.ts';

export function groupCases(open: OpenStore): void {
  membershipCases(open);
  organizationCases(open);
}

function membershipCases(open: OpenStore): void {
  describe('groups', () => {
    const at = eachTest(open);

    it('has Everyone from the start, without an allowance and without a list', async () => {
      const { a } = at();
      expect(await a.listGroups()).toMatchObject([
        { name: 'Everyone', organization: 'default', quotaAllowance: 0, isEveryone: true, members: [] },
      ]);
    });

    it('adds and removes members, also the user prebuilds, each told once', async () => {
      const { a, b } = at();
      const { actor } = await givenTemplate(a);
      const [organization] = await a.listOrganizations();
      const organizationId = must(organization).id;
      const group = await a.createGroup({ organizationId, name: 'backend', quotaAllowance: 5 }, actor);
      const people = [await a.ensurePerson({ username: 'bob' }), await a.getPerson(SYSTEM_USER.id)];
      await a.changeMembers(group.id, { add: people, remove: [] }, actor);
      await b.changeMembers(group.id, { add: people, remove: [] }, actor);
      expect((await b.listGroups(organizationId)).map(({ name, members }) => [name, members])).toEqual([
        ['Everyone', []],
        ['backend', ['bob', 'prebuilds']],
      ]);
      expect(await a.groupNames(SYSTEM_USER.id, organizationId)).toEqual(['backend']);
      await a.changeMembers(group.id, { add: [], remove: people }, actor);
      expect(await a.groupNames(SYSTEM_USER.id, organizationId)).toEqual([]);
      const told = (await a.listEvents()).filter(({ kind }) => kind.startsWith('group.member'));
      expect(told.map(({ kind, reason }) => `${kind} ${reason}`)).toEqual([
        'group.member_added bob in backend',
        'group.member_added prebuilds in backend',
        'group.member_removed bob in backend',
        'group.member_removed prebuilds in backend',
      ]);
    });

    it('refuses a second group of a name without case, and frees the name with the group', async () => {
      const { a, b } = at();
      const { actor } = await givenTemplate(a);
      const input = { organizationId: must((await a.listOrganizations())[0]).id, name: 'backend', quotaAllowance: 5 };
      const group = await a.createGroup(input, actor);
      const bob = await a.ensurePerson({ username: 'bob' });
      await a.changeMembers(group.id, { add: [bob], remove: [] }, actor);
      for (const name of ['BACKEND', 'everyone']) {
        await expect(b.createGroup({ ...input, name }, actor)).rejects.toMatchObject({ code: 'group_exists', exitCode: 5 });
      }
      await b.deleteGroup(group.id, actor);
      expect(await a.createGroup(input, actor)).toMatchObject({ name: 'backend', members: [] });
    });

    it('changes an allowance, and tells it once', async () => {
      const { a } = at();
      const { actor } = await givenTemplate(a);
      const { id } = must((await a.listGroups())[0]);
      await a.setAllowance(id, 7, actor);
      await a.setAllowance(id, 7, actor);
      expect((await a.listGroups())[0]).toMatchObject({ quotaAllowance: 7 });
      const told = (await a.listEvents()).filter(({ kind }) => kind === 'group.allowance_changed');
      expect(told).toMatchObject([{ reason: 'Everyone', data: { from: 0, to: 7 } }]);
    });

    it('never deletes or lists Everyone', async () => {
      const { a } = at();
      const { actor } = await givenTemplate(a);
      const { id } = must((await a.listGroups())[0]);
      const bob = await a.ensurePerson({ username: 'bob' });
      await expect(a.deleteGroup(id, actor)).rejects.toMatchObject({ exitCode: 70 });
      await expect(a.changeMembers(id, { add: [bob], remove: [] }, actor)).rejects.toMatchObject({ exitCode: 70 });
    });
  });
}

function organizationCases(open: OpenStore): void {
  describe('organisations', () => {
    const at = eachTest(open);

    it('have an Everyone of their own, and names of templates of their own', async () => {
      const { a } = at();
      const { actor, templateId } = await givenTemplate(a);
      await a.createOrganization('research', actor);
      await expect(a.createOrganization('Research', actor)).rejects.toMatchObject({ code: 'organization_exists', exitCode: 5 });
      expect((await a.listGroups()).map(({ name, organization }) => `${organization}/${name}`)).toEqual([
        'default/Everyone',
        'research/Everyone',
      ]);
      const { template } = await a.importVersion({ ...newVersion(), organization: 'research' }, actor);
      expect(template).toMatchObject({ name: 'docker', organization: 'research' });
      expect(template.id).not.toBe(templateId);
      expect((await a.findTemplate('docker', 'research'))?.id).toBe(template.id);
      expect((await a.findTemplate('docker', 'default'))?.id).toBe(templateId);
      await expect(a.findTemplate('docker')).rejects.toMatchObject({ code: 'ambiguous_template', exitCode: 2 });
      await expect(a.importVersion(newVersion(), actor)).rejects.toMatchObject({ code: 'ambiguous_template' });
      await expect(a.findTemplate('docker', 'nowhere')).rejects.toMatchObject({ code: 'unknown_organization', exitCode: 2 });
    });

    it('a template is found without its organisation where its name is unambiguous, and never moves', async () => {
      const { a } = at();
      const { actor } = await givenTemplate(a, { name: 'other' });
      await a.createOrganization('research', actor);
      const first = await a.importVersion({ ...newVersion(), organization: 'research' }, actor);
      expect((await a.findTemplate('DOCKER'))?.id).toBe(first.template.id);
      const second = await a.importVersion(newVersion(), actor);
      expect(second).toMatchObject({ template: { id: first.template.id, organization: 'research' }, version: { number: 2 } });
    });

    it('label the counters and the snapshots', async () => {
      const { a } = at();
      const { actor } = await givenTemplate(a, { name: 'other' });
      await a.createOrganization('research', actor);
      const { version } = await a.importVersion({ ...newVersion(), organization: 'research' }, actor);
      await givenPrebuild(a, must((await a.versionPresets(version.id))[0]));
      expect(await counterOf(a, 'created_total', { organization_name: 'research', template_name: 'docker' })).toBe(1);
      expect(await counterOf(a, 'created_total', { organization_name: 'default' })).toBe(0);
    });
  });
}
