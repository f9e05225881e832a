import { describe, expect, it } from 'vitest';
import {
  checkCoderProvider,
  checkCoderVersion,
  parameterProblems,
  presetProblems,
  pushWarnings,
  refuse,
} from '../../../src/catalog/rules.ts';
import type { Parameter } from '../../../src/domain/types.ts';
import type { EvaluatedPreset, Evaluation } from '../../../src/template/plan.ts';
import type { FolderReading, TemplateReading } from '../../../src/template/reading.ts';

const preset = (more: Partial<EvaluatedPreset> = {}): EvaluatedPreset => ({
  address: 'data.coder_workspace_preset.p',
  name: 'P',
  isDefault: false,
  parameters: {},
  instances: 1,
  hasPrebuilds: true,
  ttlMs: undefined,
  timezone: undefined,
  schedules: [],
  sensitiveParameters: [],
  ...more,
});
const parameter = (more: Partial<Parameter> = {}): Parameter => ({
  name: 'cpus',
  displayName: '',
  description: '',
  type: 'number',
  mutable: false,
  ephemeral: false,
  defaultValue: '2',
  options: [],
  validations: [],
  ...more,
});
const evaluation = (more: Partial<Evaluation>): Evaluation => ({
  presets: [],
  parameters: [],
  agents: [],
  singleProviders: [],
  conditional: false,
  leading: [],
  ownerParameters: [],
  ownerParameterNames: [],
  dataSources: [],
  notServed: [],
  ...more,
});

describe('presets', () => {
  it.each([
    ['nothing', [], []],
    ['a good one', [preset()], []],
    ['one default', [preset({ isDefault: true }), preset({ name: 'B' })], []],
    [
      'two defaults',
      [preset({ isDefault: true }), preset({ name: 'B', isDefault: true })],
      ['more than one default preset: "P", "B"'],
    ],
    ['equal names', [preset(), preset()], ['two presets have the name "P"']],
    ['no instances', [preset({ instances: 0 })], []],
    ['less than none', [preset({ instances: -1 })], ['preset "P": instances is -1; it must be a whole number, 0 or more']],
    ['half of one', [preset({ instances: 1.5 })], ['preset "P": instances is 1.5; it must be a whole number, 0 or more']],
  ])('%s', (_what, presets, problems) => {
    expect(presetProblems(presets)).toEqual(problems);
  });

  it.each([
    [undefined, true],
    [0, true],
    [1, false],
    [3599, false],
    [3600, true],
    [31_536_000, true],
    [31_536_001, false],
    [-3600, false],
  ])('ttl %s is good: %s', (seconds, good) => {
    expect(presetProblems([preset({ ttlMs: seconds === undefined ? undefined : seconds * 1000 })]).length === 0).toBe(good);
  });

  it('overlapping, unreadable and zoneless schedules', () => {
    const schedules = [
      { cron: '* 8-18 * * *', instances: 1 },
      { cron: '* 12-20 * * *', instances: 2 },
    ];
    expect(presetProblems([preset({ timezone: 'UTC', schedules })])).toEqual([expect.stringMatching(/^preset "P": .*overlap/)]);
    expect(presetProblems([preset({ timezone: 'UTC', schedules: [{ cron: '0 8 * * *', instances: 1 }] })])).toHaveLength(1);
    expect(presetProblems([preset({ timezone: 'Mars/Olympus', schedules: [] })])).toHaveLength(1);
  });
});

describe('parameters of a preset', () => {
  const open = parameter({ name: 'region', type: 'string', defaultValue: undefined });
  it('an open required parameter counts only with prebuilds', () => {
    expect(parameterProblems(preset(), [open])).toEqual([
      'preset "P" has prebuilds but does not set the required parameter "region"',
    ]);
    expect(parameterProblems(preset({ hasPrebuilds: false }), [open])).toEqual([]);
    expect(parameterProblems(preset({ parameters: { region: 'eu' } }), [open])).toEqual([]);
  });

  it.each([
    ['an option', { options: [{ name: 'two', value: '2' }] }, '3', /preset "P": parameter "cpus": .*3/],
    ['a minimum', { validations: [{ min: 2 }] }, '1', /minimum 2/],
    ['a type', {}, 'many', /not a number/],
  ])('a value against %s is refused, with and without prebuilds', (_what, more, value, message) => {
    for (const hasPrebuilds of [true, false]) {
      const problems = parameterProblems(preset({ hasPrebuilds, parameters: { cpus: value } }), [parameter(more)]);
      expect(problems).toEqual([expect.stringMatching(message)]);
    }
  });

  it('an unknown parameter and a sensitive value are warnings', () => {
    const presets = [preset({ parameters: { gone: '1', cpus: '2' }, sensitiveParameters: ['cpus'] })];
    expect(parameterProblems(preset({ parameters: { gone: '1' } }), [parameter()])).toEqual([]);
    const warnings = pushWarnings(
      evaluation({ presets, parameters: [parameter()], ownerParameters: ['data.coder_parameter.x'] }),
      new Map(),
    );
    expect(warnings).toEqual([
      'preset "P" sets the unknown parameter "gone"; it has no effect',
      expect.stringContaining('comes from a sensitive variable'),
      expect.stringContaining('data.coder_parameter.x depends on the owner'),
    ]);
  });
});

describe('the coder provider', () => {
  const reading = (requiredProviders: Record<string, string>, hasRemoteModules = false): TemplateReading => {
    const root: FolderReading = {
      folder: '',
      files: [],
      resources: [],
      modules: [],
      variables: [],
      requiredProviders,
      backend: undefined,
    };
    return { root, folders: [root], hasRemoteModules };
  };
  it.each([
    [{ coder: 'coder/coder' }, false, true],
    [{ coder: 'registry.example/coder/coder' }, false, true],
    [{ coder: 'hashicorp/coder' }, false, false],
    [{}, false, false],
    [{}, true, true],
  ])('%j with remote modules %s: %s', (required, remote, good) => {
    const check = () => {
      checkCoderProvider(reading(required, remote));
    };
    if (good) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'no_coder_provider', exitCode: 2 }));
  });

  it.each([
    ['2.4.1', undefined],
    ['2.20.0', undefined],
    ['2.4.0', 'coder_provider_too_old'],
    ['0.13.0', 'coder_provider_too_old'],
  ])('version %s', (version, code) => {
    const check = () => {
      checkCoderVersion([{ address: 'registry.example/coder/coder', version }]);
    };
    if (code === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code, message: expect.stringContaining(version) as string }));
  });

  it('missing from the lock file', () => {
    expect(() => {
      checkCoderVersion([{ address: 'registry.example/other/coder', version: '3.0.0' }]);
    }).toThrow(expect.objectContaining({ code: 'no_coder_provider' }));
  });
});

it('refuse throws one line for all problems', () => {
  expect(() => {
    refuse([]);
  }).not.toThrow();
  expect(() => {
    refuse(['one', 'two', 'three']);
  }).toThrow(
    expect.objectContaining({
      message: 'one (and 2 more)',
      code: 'template_rules',
      details: { problems: ['one', 'two', 'three'] },
    }),
  );
});
