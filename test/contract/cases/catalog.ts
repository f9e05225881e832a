import { describe, expect, it } from 'vitest';
import { SYSTEM_USER } from '../../../src/domain/types.ts';
import { eachTest, type OpenStore } from '../harness.ts';
import {
  givenClaim,
  givenCold,
  givenPrebuild,
  givenReady,
  givenTemplate,
  must,
  newVersion,
  tryPrebuild,
  tryReserve,
} from '../support.ts';

export function catalogCases(open: OpenStore): void {
  describe('people', () => {
    const at = eachTest(open);

    it('knows the system user from the start', async () => {
      expect(await at().a.findPerson('Prebuilds')).toEqual({ ...SYSTEM_USER, isSystem: true });
    });

    it('makes a person once, compares names without case and refreshes what is given', async () => {
      const { a, b } = at();
      const first = await a.ensurePerson({ username: 'ann' });
      const again = await b.ensurePerson({ username: 'ANN', fullName: 'Ann A.', email: 'ann@example.org' });
      expect(again).toEqual({ id: first.id, username: 'ann', fullName: 'Ann A.', email: 'ann@example.org', isSystem: false });
      expect(await a.ensurePerson({ username: 'ann' })).toEqual(again);
      expect(await a.getPerson(first.id)).toEqual(again);
    });

    it('refuses the name of the system user and an unknown id', async () => {
      await expect(at().a.ensurePerson({ username: 'PREBUILDS' })).rejects.toMatchObject({
        code: 'reserved_username',
        exitCode: 2,
      });
      await expect(at().a.getPerson('nobody')).rejects.toMatchObject({ code: 'not_found', exitCode: 4 });
    });
  });

  describe('templates and versions', () => {
    const at = eachTest(open);

    it('returns everything that was pushed', async () => {
      const { a, b, clock } = at();
      const input = newVersion({
        presets: [{ name: 'small', isDefault: true, ttlMs: 5, schedules: [{ cron: '* 8-18 * * 1-5', instances: 4 }] }],
      });
      const ann = await a.ensurePerson({ username: 'ann' });
      const { template, version } = await a.importVersion(input, ann);
      expect(template).toMatchObject({ name: 'docker', activeVersionId: input.id, deletingAt: undefined });
      expect(version).toEqual({
        ...input.version,
        id: input.id,
        templateId: template.id,
        number: 1,
        state: 'active',
        pushedAt: clock.now(),
      });
      expect(await b.versionParameters(version.id)).toEqual(input.parameters);
      expect(await b.versionVariables(version.id)).toEqual(input.variables);
      const [preset] = await b.versionPresets(version.id);
      expect(preset).toMatchObject({ ...must(input.presets[0]), versionId: version.id });
      expect(await b.getPreset(must(preset).id)).toEqual(preset);
      expect(await b.findTemplate('DOCKER')).toEqual(template);
    });

    it('has parameters of their own for presets that make others exist', async () => {
      const { a, b } = at();
      const given = newVersion({ presets: [{ name: 'small' }, { name: 'keys' }] });
      const key = { ...must(given.parameters[0]), name: 'key', defaultValue: undefined };
      const conditional = { targets: ['data.x.y'], leading: ['way'], values: { way: 'a' }, presets: { keys: [key] } };
      const { version } = await a.importVersion(
        { ...given, version: { ...given.version, facts: { ...given.version.facts, conditional } } },
        await a.ensurePerson({ username: 'ann' }),
      );
      expect((await b.getVersion(version.id)).facts.conditional).toEqual(conditional);
      expect(await b.versionParameters(version.id, 'keys')).toEqual([key]);
      for (const name of [undefined, 'small', 'toString']) {
        expect(await b.versionParameters(version.id, name)).toEqual(given.parameters);
      }

      const next = newVersion({ presets: [{ name: 'small' }, { name: 'keys' }] });
      const ann = await a.ensurePerson({ username: 'ann' });
      const later = { ...conditional, presets: { keys: [{ ...key, mutable: !key.mutable }] } };
      const changed = { ...next, version: { ...next.version, facts: { ...next.version.facts, conditional: later } } };
      const second = (await a.importVersion(changed, ann)).version;
      const identities = async (id: string) => (await a.versionPresets(id)).map(({ identity }) => identity);
      const [before, after] = [await identities(version.id), await identities(second.id)];
      expect(after.map((identity, at) => identity === before[at])).toEqual([true, false]);
    });

    it('gives an engine that is gone a new place, for all versions of its kind and minor', async () => {
      const { a } = at();
      const { actor } = await givenTemplate(a);
      const input = newVersion({ name: 'other' });
      const older = await a.importVersion({ ...input, version: { ...input.version, engineVersion: '1.10.0' } }, actor);
      const to = { kind: 'terraform', path: '/opt/terraform', version: '1.11.9' } as const;
      await a.replaceEngine('/nowhere', to);
      const before = await a.listVersions((await a.findTemplate('docker'))?.id ?? '');
      expect(before.map(({ enginePath }) => enginePath)).toEqual(['/usr/bin/terraform']);
      await a.replaceEngine('/usr/bin/terraform', to);
      const after = await a.listVersions((await a.findTemplate('docker'))?.id ?? '');
      expect(after).toMatchObject([{ enginePath: '/opt/terraform', engineVersion: '1.11.9' }]);
      expect(await a.getVersion(older.version.id)).toMatchObject({ enginePath: '/usr/bin/terraform', engineVersion: '1.10.0' });
    });

    it('numbers versions, keeps one active, closes breakers at a promotion and can go back', async () => {
      const { a } = at();
      const { templateId, version, preset, actor } = await givenTemplate(a);
      const pushed = await a.importVersion(newVersion({ activate: false }), actor);
      expect(pushed.version).toMatchObject({ number: 2, state: 'imported' });
      await a.setPoolBreaker(templateId, preset.name, { breaker: 'open', nextTryAt: 9 }, 'three failures');
      await a.promoteVersion(templateId, pushed.version.id, actor);
      expect((await a.listVersions(templateId)).map((one) => one.state)).toEqual(['inactive', 'active']);
      expect(await a.getPool(templateId, preset.name)).toMatchObject({ breaker: 'closed', failures: 0, nextTryAt: undefined });
      await a.promoteVersion(templateId, version.id, actor);
      expect((await a.getTemplate(templateId)).activeVersionId).toBe(version.id);
      const kinds = (await a.listEvents()).map((event) => event.kind);
      expect(kinds).toEqual([
        'template.pushed',
        'template.promoted',
        'template.pushed',
        'pool.limited',
        'template.promoted',
        'template.promoted',
      ]);
    });

    it('gives presets of equal name and parameters the same identity', async () => {
      const { a } = at();
      const one = await givenTemplate(a, { presets: [{ name: 'small', parameters: { cpus: '2', disk: '10' } }] });
      const two = await givenTemplate(a, { presets: [{ name: 'small', parameters: { disk: '10', cpus: '2' } }] });
      const three = await givenTemplate(a, { presets: [{ name: 'small', parameters: { cpus: '4' } }] });
      expect(two.preset.identity).toBe(one.preset.identity);
      expect(three.preset.identity).not.toBe(one.preset.identity);
    });

    it('stops new work of a deprecated template and takes it back', async () => {
      const { a, clock } = at();
      const given = await givenTemplate(a);
      await givenReady(a, given.preset);
      const claim = await givenClaim(a, given);
      await a.deprecateTemplate(given.templateId, true, given.actor);
      expect(await tryPrebuild(a, given.preset)).toBeUndefined();
      expect(await tryReserve(a, clock, given, claim)).toBeUndefined();
      await expect(givenCold(a, given, { name: 'other' })).rejects.toMatchObject({ code: 'template_deprecated', exitCode: 5 });
      await a.deprecateTemplate(given.templateId, false, given.actor);
      expect(await tryReserve(a, clock, given, claim)).toBeDefined();
    });

    it('deletes in two halves: nothing new starts, then it goes when nothing refers to it', async () => {
      const { a, b, clock } = at();
      const given = await givenTemplate(a);
      const { workspace } = await givenPrebuild(a, given.preset);
      const claim = await givenClaim(a, given);
      expect(await a.finishTemplateDelete(given.templateId, given.actor)).toBe(false);
      await a.markTemplateDeleting(given.templateId, given.actor);
      expect(await tryPrebuild(b, given.preset)).toBeUndefined();
      expect(await tryReserve(b, clock, given, claim)).toBeUndefined();
      await expect(givenClaim(b, given, { name: 'other' })).rejects.toMatchObject({ code: 'template_deleting' });
      await expect(givenCold(b, given, { name: 'other' })).rejects.toMatchObject({ code: 'template_deleting' });
      await expect(b.importVersion(newVersion(), given.actor)).rejects.toMatchObject({ code: 'template_deleting' });
      expect(await a.finishTemplateDelete(given.templateId, given.actor)).toBe(false);
      await a.cancelQueued(workspace.id, 'drained', given.actor);
      await a.moveClaim(claim.id, ['new'], 'canceled');
      expect(await a.finishTemplateDelete(given.templateId, given.actor)).toBe(true);
      expect(await b.findTemplate('docker')).toBeUndefined();
      expect(await b.listTemplates()).toEqual([]);
      const again = await givenTemplate(a);
      expect(again.templateId).not.toBe(given.templateId);
      expect(again.version.number).toBe(1);
    });
  });
}
