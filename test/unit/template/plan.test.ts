import { describe, expect, it } from 'vitest';
import { readPlan } from '../../../src/template/plan.ts';

const ADDRESS = 'registry.example/coder/coder';

interface Parts {
  readonly data?: readonly object[];
  readonly planned?: readonly object[];
  readonly changes?: readonly object[];
  readonly configured?: readonly object[];
  readonly providers?: object;
  readonly modules?: object;
  readonly childData?: readonly object[];
}

const plan = (parts: Parts) => ({
  format_version: '1.2',
  prior_state: {
    values: {
      root_module: { resources: parts.data ?? [], child_modules: [{ address: 'module.m', resources: parts.childData ?? [] }] },
    },
  },
  planned_values: { root_module: { resources: parts.planned ?? [] } },
  resource_changes: parts.changes ?? [],
  configuration: {
    provider_config: parts.providers ?? { coder: { name: 'coder', full_name: ADDRESS } },
    root_module: { resources: parts.configured ?? [], module_calls: parts.modules ?? {} },
  },
});

const data = (type: string, name: string, values: object, sensitive: object = {}) => ({
  address: `data.${type}.${name}`,
  mode: 'data',
  type,
  name,
  values,
  sensitive_values: sensitive,
});

const preset = (values: object, sensitive?: object) => data('coder_workspace_preset', 'p', { name: 'P', ...values }, sensitive);

describe('presets', () => {
  it('without prebuilds', () => {
    const [found] = readPlan(plan({ data: [preset({ default: null, parameters: null, prebuilds: null })] })).presets;
    expect(found).toEqual({
      address: 'data.coder_workspace_preset.p',
      name: 'P',
      isDefault: false,
      parameters: {},
      instances: 0,
      hasPrebuilds: false,
      ttlMs: undefined,
      timezone: undefined,
      schedules: [],
      sensitiveParameters: [],
    });
  });

  it('with everything, values normalised and sensitive ones marked', () => {
    const values = {
      default: true,
      parameters: { cpus: 8, fast: true, key: 'k' },
      prebuilds: [
        {
          instances: 2,
          expiration_policy: [{ ttl: 3600 }],
          scheduling: [{ timezone: 'UTC', schedule: [{ cron: '* 8 * * *', instances: 3 }] }],
        },
      ],
    };
    expect(readPlan(plan({ data: [preset(values, { parameters: { key: true } })] })).presets).toMatchObject([
      {
        isDefault: true,
        parameters: { cpus: '8', fast: 'true', key: 'k' },
        instances: 2,
        hasPrebuilds: true,
        ttlMs: 3_600_000,
        timezone: 'UTC',
        schedules: [{ cron: '* 8 * * *', instances: 3 }],
        sensitiveParameters: ['key'],
      },
    ]);
  });

  const deferred = (after: object, unknown: object, type = 'coder_workspace_preset') => [
    { address: `data.${type}.p`, mode: 'data', type, change: { actions: ['read'], after, after_unknown: unknown } },
  ];

  it.each([
    [
      'instances',
      { name: 'P' },
      { id: true, prebuilds: [{ instances: true }] },
      'instances of preset "P" is known only after apply',
    ],
    [
      'a schedule',
      { name: 'P' },
      { prebuilds: [{ scheduling: [{ schedule: [{ cron: true }] }] }] },
      'scheduling.schedule.cron of preset "P" is known only after apply',
    ],
    ['the name', {}, { name: true }, 'name of preset data.coder_workspace_preset.p is known only after apply'],
  ])('%s known only after apply', (_what, after, unknown, message) => {
    expect(() => readPlan(plan({ changes: deferred(after, unknown) }))).toThrow(
      expect.objectContaining({ code: 'known_after_apply', message, exitCode: 2 }),
    );
  });

  it('read late but fully known is taken; a parameter is not', () => {
    expect(readPlan(plan({ changes: deferred({ name: 'Late', prebuilds: [] }, { id: true }) })).presets).toMatchObject([
      { name: 'Late' },
    ]);
    expect(() =>
      readPlan(plan({ changes: deferred({ name: 'x' }, { id: true, value: true, optional: true }, 'coder_parameter') })),
    ).toThrow('parameter "x" is known only after apply');
  });
});

it('reads parameters of the template and of its modules', () => {
  const bare = {
    name: 'a',
    type: 'number',
    optional: false,
    default: null,
    option: null,
    validation: [],
    mutable: true,
    ephemeral: true,
  };
  const rules = { regex: '', error: '', min: 3, max: 0, min_disabled: false, max_disabled: true, monotonic: 'increasing' };
  const full = {
    ...bare,
    name: 'b',
    optional: true,
    default: '4',
    display_name: 'B',
    option: [{ name: 'four', value: '4' }],
    validation: [rules],
  };
  const { parameters } = readPlan(
    plan({ data: [data('coder_parameter', 'a', bare)], childData: [data('coder_parameter', 'b', full)] }),
  );
  expect(parameters).toEqual([
    {
      name: 'a',
      displayName: '',
      description: '',
      type: 'number',
      mutable: true,
      ephemeral: true,
      defaultValue: undefined,
      options: [],
      validations: [],
    },
    {
      name: 'b',
      displayName: 'B',
      description: '',
      type: 'number',
      mutable: true,
      ephemeral: true,
      defaultValue: '4',
      options: [{ name: 'four', value: '4' }],
      validations: [{ regex: undefined, error: undefined, min: 3, max: undefined, monotonic: 'increasing' }],
    },
  ]);
});

it.each([
  [{ optional: true, default: 'x' }, 'x'],
  [{ optional: true, default: null }, ''],
  [{ optional: false, default: null }, undefined],
  [{ default: null }, undefined],
])('reads the default of a parameter with %j as %j', (values, defaultValue) => {
  const { parameters } = readPlan(plan({ data: [data('coder_parameter', 'a', { name: 'a', type: 'string', ...values })] }));
  expect(parameters).toMatchObject([{ name: 'a', defaultValue }]);
});

describe('providers with one configuration', () => {
  const provider = (more: object = {}) => ({ name: 'x', full_name: 'registry.example/a/x', ...more });
  it.each([
    ['one', { x: provider() }, ['registry.example/a/x']],
    ['an alias besides', { x: provider(), 'x.two': provider({ alias: 'two' }) }, []],
    ['an alias alone, as for_each has it', { 'x.each': provider({ alias: 'each' }) }, []],
    ['one in a module', { 'module.m:x': provider({ module_address: 'module.m' }) }, []],
    ['one in the template and one in a module', { x: provider(), 'module.m:x': provider({ module_address: 'module.m' }) }, []],
    ['the built-in one', { terraform: { name: 'terraform', full_name: 'terraform.io/builtin/terraform' } }, []],
    [
      'two addresses',
      { x: provider(), y: provider({ full_name: 'registry.example/a/b' }) },
      ['registry.example/a/b', 'registry.example/a/x'],
    ],
  ])('%s', (_what, providers, expected) => {
    expect(readPlan(plan({ providers })).singleProviders).toEqual(expected);
  });
});

describe('agents and features', () => {
  const agent = { address: 'coder_agent.a', mode: 'managed', type: 'coder_agent', name: 'a' };
  it('come from the planned values, else from the configuration', () => {
    const planned = [{ ...agent, values: { os: 'linux', arch: 'arm64', auth: 'token' } }];
    expect(readPlan(plan({ planned })).agents).toEqual([{ address: 'coder_agent.a', os: 'linux', arch: 'arm64', auth: 'token' }]);
    const configured = [{ ...agent, expressions: { os: { constant_value: 'linux' }, arch: { references: ['local.arch'] } } }];
    expect(readPlan(plan({ configured })).agents).toEqual([{ address: 'coder_agent.a', os: 'linux', arch: '', auth: 'token' }]);
  });

  it('that are not served are listed in words', () => {
    const configured = [
      { address: 'coder_devcontainer.d', mode: 'managed', type: 'coder_devcontainer' },
      { address: 'data.coder_external_auth.g', mode: 'data', type: 'coder_external_auth' },
      {
        address: 'coder_script.s',
        mode: 'managed',
        type: 'coder_script',
        expressions: { cron: { constant_value: '0 0 * * *' } },
      },
      {
        address: 'coder_script.fine',
        mode: 'managed',
        type: 'coder_script',
        expressions: { run_on_start: { constant_value: true } },
      },
    ];
    const planned = [
      { ...agent, values: { os: 'windows', arch: 'amd64', auth: 'aws-instance-identity' } },
      { ...agent, address: 'coder_agent.b', values: { os: 'linux', arch: 'amd64', auth: 'token' } },
    ];
    const { notServed } = readPlan(plan({ configured, planned }));
    expect(notServed).toHaveLength(6);
    for (const word of ['Windows', 'aws-instance-identity', '2 agents', 'devcontainers', 'external authentication', 'cron']) {
      expect(notServed.join('\n')).toContain(word);
    }
  });
});

it.each([
  ['nothing', {}, true, false],
  ['a variable of the template', { default: { references: ['var.cpus'] } }, true, false],
  ['each', { default: { references: ['each.value'] } }, true, false],
  ['another parameter in an option', { option: [{ value: { references: ['data.coder_parameter.x.value'] } }] }, true, true],
  ['a local', { default: { references: ['local.x'] } }, true, true],
  ['a variable of a module', { default: { references: ['var.cpus'] } }, false, true],
])('a parameter that refers to %s', (_what, expressions, inRoot, conditional) => {
  const item = { address: 'data.coder_parameter.a', mode: 'data', type: 'coder_parameter', expressions };
  const parts = inRoot ? { configured: [item] } : { modules: { m: { module: { resources: [item] } } } };
  expect(readPlan(plan(parts)).conditional).toBe(conditional);
});

it('a count of a parameter makes it conditional; the owner in it is told', () => {
  const item = {
    address: 'data.coder_parameter.a',
    mode: 'data',
    type: 'coder_parameter',
    count_expression: { references: ['data.coder_workspace_owner.me.groups'] },
  };
  expect(readPlan(plan({ configured: [item] }))).toMatchObject({
    conditional: true,
    ownerParameters: ['data.coder_parameter.a'],
  });
});

it('tells which parameters others refer to, by their names', () => {
  const block = (label: string, more: object) => ({
    address: `data.coder_parameter.${label}`,
    mode: 'data',
    type: 'coder_parameter',
    expressions: {},
    ...more,
  });
  const configured = [
    block('way', {}),
    block('key', { count_expression: { references: ['data.coder_parameter.way.value', 'data.coder_parameter.way'] } }),
    block('size', { expressions: { default: { references: ['local.size', 'data.coder_workspace.me.name'] } } }),
  ];
  const read = [data('coder_parameter', 'way', { name: 'The way', type: 'string' })];
  expect(readPlan(plan({ configured, data: read })).leading).toEqual(['The way']);
});

it.each([
  ['no plan at all', 3],
  ['another format', { ...plan({}), format_version: '9.0' }],
  ['a preset of another shape', plan({ data: [preset({ name: 3 })] })],
  ['an unknown parameter type', plan({ data: [data('coder_parameter', 'a', { name: 'a', type: 'tuple' })] })],
])('%s is an error of the engine, in one line', (_what, json) => {
  expect(() => readPlan(json)).toThrow(expect.objectContaining({ code: 'plan_json', exitCode: 3 }));
});
