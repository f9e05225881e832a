import { describe, expect, it } from 'vitest';
import type { PushInput, PushReport } from '../../../src/api/app.ts';
import { cli, preset, template, version } from './fakes.ts';

const report: PushReport = {
  template,
  version,
  unchanged: false,
  presets: [preset, { ...preset, name: 'small', isDefault: false, hasPrebuilds: false, parameters: {} }],
  warnings: ['preset small sets an unknown parameter'],
  next: 'The next reconcile creates 3 prebuilds',
};

async function pushing(args: readonly string[], given: PushReport = report) {
  let input: PushInput | undefined;
  const outcome = await cli(['template', 'push', ...args], {
    app: {
      templates: {
        push: (asked) => {
          input = asked;
          asked.onProgress?.('initialising');
          return Promise.resolve(given);
        },
      },
    },
  });
  return { ...outcome, input: input! };
}

describe('template push', () => {
  it('passes on everything that was typed', async () => {
    const { input } = await pushing(['./d', '--name', 'x', '--var', 'a=1', '--var-file', 'f', '--var', 'b=2', '--message', 'm']);
    expect(input).toMatchObject({
      dir: './d',
      name: 'x',
      variables: [{ value: 'a=1' }, { file: 'f' }, { value: 'b=2' }],
      message: 'm',
      activate: true,
      static: false,
    });
    expect((await pushing(['./d', '--no-activate', '--static'])).input).toMatchObject({
      activate: false,
      static: true,
      variables: [],
    });
  });

  it('says what was stored, the presets, and what happens next', async () => {
    const { code, out, err } = await pushing(['./d']);
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.trimEnd().replaceAll(/ {2,}/g, '|'))).toEqual([
      'docker version 3 stored and active',
      '',
      'PRESET|DEFAULT|PREBUILDS|PARAMETERS',
      'GoLand: Large|yes|3|cpus=8',
      'small|-',
      '',
      'The next reconcile creates 3 prebuilds',
      '',
    ]);
    expect(err).toBe('initialising\nwarning: preset small sets an unknown parameter\n');
  });

  it('says that nothing was stored, or how to activate', async () => {
    expect((await pushing(['./d'], { ...report, unchanged: true })).out).toContain(
      'has this content already; nothing was stored',
    );
    const inactive = { ...report, version: { ...version, state: 'imported' as const } };
    expect((await pushing(['./d'], inactive)).out).toContain('prebuilds template promote docker 3 makes it active');
  });

  it('answers with JSON', async () => {
    const { json } = await pushing(['./d', '--json']);
    expect(json).toMatchObject({
      template: { name: 'docker' },
      version: { number: 3, engine: { kind: 'tofu' } },
      unchanged: false,
      presets: [{ name: 'GoLand: Large', default: true, instances: 3 }, { name: 'small' }],
      warnings: ['preset small sets an unknown parameter'],
    });
    expect(JSON.stringify(json)).not.toContain('/secret/folder');
  });
});

describe('the other template commands', () => {
  it('list', async () => {
    const list = () => Promise.resolve([{ template, active: version, workspaces: 4, prebuilds: 3 }]);
    const { out } = await cli(['template', 'list'], { app: { templates: { list } } });
    expect(out.split('\n')[1]?.trim().split(/ {2,}/)).toEqual(['docker', '3', '3m ago', 'tofu 1.12.6', '4', '3']);
  });

  it('versions', async () => {
    const versions = () => Promise.resolve([version]);
    const { out } = await cli(['template', 'versions', 'docker'], { app: { templates: { versions } } });
    expect(out.split('\n')[1]?.trim().split(/ {2,}/)).toEqual(['3', 'active', '3m ago', 'ana', 'tofu 1.12.6', 'bigger disk']);
  });

  it('show', async () => {
    const parameter = {
      name: 'cpus',
      displayName: '',
      description: '',
      type: 'number',
      mutable: false,
      ephemeral: false,
      defaultValue: undefined,
      options: [],
      validations: [],
    } as const;
    const show = () => Promise.resolve({ template, version, parameters: [parameter], presets: [preset] });
    const { out } = await cli(['template', 'show', 'docker'], { app: { templates: { show } } });
    expect(out).toMatch(/^Version {3}3 \(active\), pushed 3m ago by ana$/m);
    expect(out).toMatch(/^cpus +number +\(required\) +no$/m);
    expect(out).toMatch(/^GoLand: Large +yes +3 +cpus=8$/m);
    expect(out).not.toContain('ONLY WITH');

    const key = { ...parameter, name: 'key', mutable: true };
    const keys = { ...preset, name: 'Keys', isDefault: false };
    const conditional = { targets: [], leading: ['cpus'], values: {}, presets: { Keys: [parameter, key] } };
    const dynamic = { ...version, facts: { ...version.facts, conditional } };
    const showBoth = () => Promise.resolve({ template, version: dynamic, parameters: [parameter], presets: [preset, keys] });
    const both = (await cli(['template', 'show', 'docker'], { app: { templates: { show: showBoth } } })).out;
    expect(both).toMatch(/^cpus +number +\(required\) +no$/m);
    expect(both).toMatch(/^key +number +\(required\) +yes +Keys$/m);
  });

  it.each([
    [undefined, 'docker version 3 is active; the next reconcile replaces the pool'],
    [1, 'docker version 3 is active; it has no prebuilds, since it is deprecated'],
  ])('promote, deprecated at %j', async (deprecatedAt, said) => {
    let asked: unknown;
    const show = () => Promise.resolve({ template: { ...template, deprecatedAt }, version, parameters: [], presets: [] });
    const promote = (name: string, number: number) => {
      asked = [name, number];
      return Promise.resolve(version);
    };
    const { out } = await cli(['template', 'promote', 'docker', '3'], { app: { templates: { promote, show } } });
    expect(asked).toEqual(['docker', 3]);
    expect(out.trim()).toBe(said);
  });

  it.each([
    [[], true],
    [['--undo'], false],
  ])('deprecate %j', async (flags, expected) => {
    let asked: unknown;
    const deprecate = (name: string, value: boolean) => {
      asked = [name, value];
      return Promise.resolve();
    };
    await cli(['template', 'deprecate', 'docker', ...flags], { app: { templates: { deprecate } } });
    expect(asked).toEqual(['docker', expected]);
  });

  it('delete', async () => {
    const remove = () => Promise.resolve({ deletedPrebuilds: 2 });
    const { out } = await cli(['template', 'delete', 'docker', '-y'], { app: { templates: { delete: remove } } });
    expect(out).toBe('docker deleted, with 2 prebuilds\n');
  });

  it('presets', async () => {
    const presets = () =>
      Promise.resolve([{ organization: 'default', template: 'docker', preset, desired: 3, ready: 2, nextChange: undefined }]);
    const { out } = await cli(['presets'], { app: { templates: { presets } } });
    expect(out.split('\n')[1]?.trim().split(/ {2,}/)).toEqual(['docker', 'GoLand: Large', 'yes', '3', '2', 'cpus=8']);
  });
});
