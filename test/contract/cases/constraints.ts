import { describe, expect, it } from 'vitest';
import { SYSTEM_USER } from '../../../src/domain/types.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  givenClaim,
  givenPrebuild,
  givenReady,
  givenReadyCold,
  givenReserved,
  givenTemplate,
  must,
  succeed,
} from '../support.ts';

/** What the schema itself refuses, written past the store's own checks (SM section 5). */
export function constraintCases(open: OpenStore): void {
  describe('constraints', () => {
    const at = eachTest(open);

    it('a slot of a preset is taken once', async () => {
      const { a, exec } = at();
      const { preset } = await givenTemplate(a);
      await givenPrebuild(a, preset);
      const { workspace } = await givenPrebuild(a, preset);
      expect(() => exec(`update workspace set slot = 0 where id = '${workspace.id}'`)).toThrow(/UNIQUE.*slot/);
    });

    it('a slot belongs to stock only', async () => {
      const { a, exec } = at();
      const given = await givenTemplate(a);
      const owned = await givenReadyCold(a, given);
      const failed = await givenReady(a, given.preset);
      await a.markFailed(failed.id, 'lost', 'environment', false);
      for (const id of [owned.id, failed.id]) {
        expect(() => exec(`update workspace set slot = 7 where id = '${id}'`)).toThrow(/CHECK/);
      }
    });

    it('claiming goes with a claim, deleted with its time, and phases are known words', async () => {
      const { a, clock, exec } = at();
      const given = await givenTemplate(a);
      const ready = await givenReady(a, given.preset);
      expect(() => exec(`update workspace set phase = 'claiming' where id = '${ready.id}'`)).toThrow(/CHECK/);
      expect(() => exec(`update workspace set phase = 'deleted', slot = null where id = '${ready.id}'`)).toThrow(/CHECK/);
      expect(() => exec(`update workspace set deleted_at = 1 where id = '${ready.id}'`)).toThrow(/CHECK/);
      expect(() => exec(`update workspace set phase = 'dormant' where id = '${ready.id}'`)).toThrow(/CHECK/);
      const { workspace } = await givenReserved(a, clock, given);
      expect(() => exec(`update workspace set claim_id = null where id = '${workspace.id}'`)).toThrow(/CHECK/);
    });

    it('the owner changes from prebuilds only, and once', async () => {
      const { a, clock, exec } = at();
      const given = await givenTemplate(a);
      const { workspace, build } = await givenReserved(a, clock, given);
      await succeed(a, build);
      const carol = await a.ensurePerson({ username: 'carol' });
      for (const owner of [carol.id, SYSTEM_USER.id]) {
        expect(() => exec(`update workspace set owner_id = '${owner}' where id = '${workspace.id}'`)).toThrow(
          /from prebuilds only/,
        );
      }
      expect((await a.getWorkspace(workspace.id)).ownerName).toBe('bob');
    });

    it('a deleted workspace stays deleted, and a ready prebuild is never provisioned again', async () => {
      const { a, exec } = at();
      const { preset, actor } = await givenTemplate(a);
      const { workspace } = await givenPrebuild(a, preset);
      await a.cancelQueued(workspace.id, 'not wanted', actor);
      expect(() => exec(`update workspace set phase = 'ready', deleted_at = null where id = '${workspace.id}'`)).toThrow(
        /stays deleted/,
      );
      const ready = await givenReady(a, preset);
      expect(() => exec(`update workspace set phase = 'provisioning' where id = '${ready.id}'`)).toThrow(
        /never provisioned again/,
      );
    });

    it('a workspace has one live build and one live claim', async () => {
      const { a, clock, exec } = at();
      const given = await givenTemplate(a);
      const { workspace } = await givenReserved(a, clock, given);
      expect(() =>
        exec(`update build set state = 'queued', ended_at = null where workspace_id = '${workspace.id}' and number = 1`),
      ).toThrow(/UNIQUE.*build/);
      const other = await givenClaim(a, given, { name: 'other' });
      expect(() =>
        exec(`update claim set state = 'reserved', workspace_id = '${workspace.id}' where id = '${other.id}'`),
      ).toThrow(/UNIQUE.*claim/);
    });

    it('a template has one active version, and its name is used once without case', async () => {
      const { a, exec } = at();
      const given = await givenTemplate(a);
      await givenTemplate(a);
      expect(() => exec(`update version set state = 'active' where template_id = '${given.templateId}'`)).toThrow(/UNIQUE/);
      const again = await givenTemplate(a, { name: 'DOCKER' });
      expect(again.templateId).toBe(given.templateId);
      const other = await givenTemplate(a, { name: 'other' });
      expect(() => exec(`update template set name = 'Docker' where id = '${other.templateId}'`)).toThrow(/UNIQUE/);
    });

    it('a version has one default preset and each preset name once', async () => {
      const { a } = at();
      const twice = [
        { name: 'small', isDefault: true },
        { name: 'large', isDefault: true },
      ];
      await expect(givenTemplate(a, { presets: twice })).rejects.toMatchObject({ code: 'bug' });
      await expect(givenTemplate(a, { presets: [{ name: 'small' }, { name: 'small' }] })).rejects.toMatchObject({ code: 'bug' });
      expect(await a.listTemplates()).toEqual([]);
      expect(await a.listEvents()).toEqual([]);
    });

    it('a name row names a workspace or a claim, and an owner uses a name once', async () => {
      const { a, exec, rows } = at();
      const given = await givenTemplate(a);
      await givenClaim(a, given);
      expect(() => exec(`update name_row set claim_id = null`)).toThrow(/CHECK/);
      const row = must(rows('select owner_id, name_key, claim_id from name_row')[0]);
      expect(() =>
        exec(
          `insert into name_row (owner_id, name_key, claim_id) values ('${String(row['owner_id'])}', 'dev', '${String(row['claim_id'])}')`,
        ),
      ).toThrow(/UNIQUE/);
    });

    it('rows that are referred to cannot go, and events are only added', async () => {
      const { a, exec } = at();
      const given = await givenTemplate(a);
      await givenPrebuild(a, given.preset);
      expect(() => exec(`delete from version where id = '${given.version.id}'`)).toThrow(/FOREIGN KEY/);
      expect(() => exec(`update event set reason = 'other'`)).toThrow(/only added/);
    });

    it('a change that fails leaves neither event nor counter', async () => {
      const { a } = at();
      const given = await givenTemplate(a);
      const { workspace } = await givenPrebuild(a, given.preset);
      const events = await a.listEvents();
      const counters = await a.counters();
      const input = {
        presetId: given.preset.id,
        slotLimit: 9,
        parameters: {},
        accessUrl: '',
        reason: 'again',
        name: workspace.name,
      };
      await expect(a.createPrebuild(input)).rejects.toMatchObject({ code: 'name_taken' });
      expect(await a.listEvents()).toEqual(events);
      expect(await a.counters()).toEqual(counters);
      expect(await a.listWorkspaces()).toHaveLength(1);
    });
  });
}
