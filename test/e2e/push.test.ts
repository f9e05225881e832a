import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushTemplate, type PushDeps, type PushRequest } from '../../src/catalog/push.ts';
import { SYSTEM_USER } from '../../src/domain/types.ts';
import { discoverEngine } from '../../src/engine/discover.ts';
import { createVersionEvaluator } from '../../src/engine/version-evaluator.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { AppError } from '../../src/kit/errors.ts';
import { systemIds } from '../../src/kit/ids.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { versionPaths } from '../../src/kit/paths.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { createHclParser } from '../../src/template/hcl.ts';

const TEMPLATES = join(import.meta.dirname, '..', '..', 'fixtures', 'templates');
const HEAD = 'terraform {\n  required_providers {\n    coder = { source = "coder/coder" }\n  }\n}\n';

let root: string;
let home: string;
let store: Store;
let deps: PushDeps;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'prebuilds-push-'));
  home = join(root, 'home');
  await mkdir(home, { mode: 0o700 });
  store = await openSqliteStore(join(home, 'prebuilds.db'), { clock: systemClock, ids: systemIds });
  deps = {
    store,
    ids: systemIds,
    logger: silentLogger,
    home,
    engine: () => discoverEngine({ configured: process.env['PREBUILDS_ENGINE'], env: process.env }),
    evaluator: createVersionEvaluator({ inherited: process.env, configured: {}, fileExists: existsSync }),
    parser: createHclParser(),
    accessUrl: 'http://127.0.0.1:7780',
    loader: 1,
    environment: {
      inherited: { PATH: '/bin', AWS_PROFILE: 'x', TF_VAR_site: 'eu', TF_VAR_disk: '1', TF_VAR_nobody: 'y' },
      configured: {},
    },
  };
});

afterAll(async () => {
  await store.close();
  await rm(root, { recursive: true, force: true });
});

const push = (dir: string, { vars = [], ...more }: Partial<PushRequest> & { vars?: readonly string[] } = {}) =>
  pushTemplate(deps, {
    dir,
    variables: vars.map((value) => ({ value })),
    activate: true,
    static: false,
    actor: SYSTEM_USER,
    ...more,
  });

async function folder(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const dir = join(root, 'templates', name);
  await mkdir(dir, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(dir, file), text);
  return dir;
}

const failure = async (act: Promise<unknown>): Promise<AppError> => {
  const error: unknown = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error('a known error was expected', { cause: error });
  return error;
};

/** What the versions folder holds, markers of running pushes included. */
const versionFolders = async () => readdir(join(home, 'versions')).catch(() => []);

describe('variables of the environment', () => {
  it('are fixed with the version, as if they were given, unless something comes before them', async () => {
    const variables = ['site', 'disk', 'zone', 'plain'].map((name) => `variable "${name}" {\n  default = "none"\n}\n`).join('');
    const dir = await folder('fixed', { 'main.tf': `${HEAD}${variables}`, 'terraform.tfvars': 'disk = "own"\n' });
    const { version } = await push(dir, { vars: ['zone=b'] });
    expect(await store.versionVariables(version.id)).toMatchObject([
      { name: 'site', value: 'eu' },
      { name: 'zone', value: 'b' },
    ]);
    expect(JSON.parse(readFileSync(versionPaths(version.folder).variables, 'utf8'))).toEqual({ site: 'eu', zone: 'b' });
    expect(version.facts.warnings).toEqual(['variable "site" has the value that TF_VAR_site has here, as if given with --var']);
    expect((await push(dir, { vars: ['zone=b', 'site=us'] })).version.number).toBe(2);
  });
});

describe("the project's own template", () => {
  it('is stored, evaluated and made active; the same again is a no-op', async () => {
    const steps: string[] = [];
    const dir = join(TEMPLATES, 'process');
    const first = await push(dir, { message: 'first', onProgress: (step) => steps.push(step) });
    expect(first).toMatchObject({
      unchanged: false,
      template: { name: 'process' },
      version: { number: 1, state: 'active', message: 'first' },
    });
    expect(first.presets).toMatchObject([
      {
        name: 'Small',
        isDefault: true,
        hasPrebuilds: true,
        instances: 2,
        parameters: { cpus: '2' },
        ttlMs: undefined,
        schedules: [],
      },
    ]);
    expect(await store.versionParameters(first.version.id)).toMatchObject([
      { name: 'cpus', type: 'number', mutable: false, defaultValue: '2', options: [{ value: '2' }, { value: '4' }] },
      { name: 'mood', type: 'string', mutable: true, defaultValue: 'calm', validations: [{ regex: '^[a-z]{1,20}$' }] },
    ]);
    expect(first.version.facts).toMatchObject({ notServed: [], loader: 1, credentialNames: ['AWS_PROFILE'], warnings: [] });
    expect(first.version.facts.agents).toMatchObject([{ address: 'coder_agent.main', os: 'linux', auth: 'token' }]);
    expect(first.version.facts.singleProviders).toEqual([expect.stringMatching(/\/coder\/coder$/)]);
    expect(steps.length).toBeGreaterThan(2);
    const checked = readFileSync(join(versionPaths(first.version.folder).data, 'prebuilds-providers.json'), 'utf8');
    expect(Object.keys(JSON.parse(checked) as object)).toEqual([expect.stringMatching(/terraform-provider-coder_v/)]);

    const again = await push(dir);
    expect(again).toMatchObject({ unchanged: true, version: { id: first.version.id } });
    expect(again.presets).toHaveLength(1);
    expect(await store.listVersions(first.template.id)).toHaveLength(1);
  });

  it('lies initialised and private in its folder, with our backend and nothing of the evaluation', async () => {
    const template = await store.findTemplate('process');
    const { folder: versionFolder } = await store.getVersion(template?.activeVersionId ?? '');
    expect((await readdir(versionFolder)).sort()).toEqual(['data', 'prebuilds.auto.tfvars.json', 'source']);
    expect((await readdir(join(versionFolder, 'source'))).sort()).toEqual(
      ['.terraform.lock.hcl', 'README.md', 'machine.sh', 'main.tf', 'zz_prebuilds_override.tf.json'].sort(),
    );
    expect((await stat(versionFolder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(versionFolder, 'prebuilds.auto.tfvars.json'))).mode & 0o777).toBe(0o600);
    expect((await versionFolders()).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('becomes a new version when a variable is given, and its value stays out of the source', async () => {
    const outcome = await push(join(TEMPLATES, 'process'), { vars: ['start_seconds=1'], activate: false });
    expect(outcome).toMatchObject({ unchanged: false, version: { number: 2, state: 'imported' } });
    expect(await store.versionVariables(outcome.version.id)).toEqual([{ name: 'start_seconds', value: '1', sensitive: false }]);
    const file = await readFile(join(outcome.version.folder, 'prebuilds.auto.tfvars.json'), 'utf8');
    expect(JSON.parse(file)).toEqual({ start_seconds: '1' });
  });
});

describe('other templates', () => {
  it('takes one with a preset that will fail later', async () => {
    const outcome = await push(join(TEMPLATES, 'failing'), { vars: ['instances=0'] });
    expect(outcome.presets).toMatchObject([
      { name: 'Broken', instances: 0, isDefault: false, parameters: { outcome: 'fails' } },
      { name: 'Working', instances: 0, isDefault: true, parameters: { outcome: 'works' } },
    ]);
  });

  it('evaluates what is not written out', async () => {
    const outcome = await push(join(TEMPLATES, 'minimal'), { vars: ['instances=3'] });
    expect(outcome.presets).toMatchObject([{ name: 'Standard', instances: 3, parameters: {} }]);
  });

  it('takes presets of for_each, locals and modules, in a template that needs other providers only for its resources', async () => {
    const dir = await folder('rich', {
      'main.tf': `${HEAD}
variable "key" {
  type      = string
  sensitive = true
}
locals { sizes = { Small = 2, Large = 8 } }
data "coder_workspace_preset" "sizes" {
  for_each   = local.sizes
  name       = each.key
  default    = each.key == "Small"
  parameters = { cpus = each.value, size = lower(each.key), extra = true }
  prebuilds {
    instances = each.value > 4 ? 1 : 2
    expiration_policy { ttl = 7200 }
    scheduling {
      timezone = "Europe/Berlin"
      schedule {
        cron      = "* 8-18 * * 1-5"
        instances = 5
      }
    }
  }
}
data "coder_parameter" "cpus" {
  name = "cpus"
  type = "number"
  validation {
    min = 2
    max = 8
  }
}
data "coder_parameter" "size" {
  count   = data.coder_parameter.cpus.value == "8" ? 1 : 0
  name    = "size"
  default = "large"
}
module "more" {
  source   = "./more"
  for_each = toset(["zone"])
  name     = each.key
}
terraform {
  backend "s3" {
    bucket = "nowhere"
  }
}
`,
    });
    await mkdir(join(dir, 'more'));
    await writeFile(
      join(dir, 'more', 'main.tf'),
      `${HEAD}variable "name" {}\ndata "coder_parameter" "p" {\n  name    = var.name\n  default = "eu"\n}\n`,
    );
    const outcome = await push(dir, { vars: ['key=do-not-tell'] });
    expect(
      outcome.presets.map(({ name, isDefault, instances, ttlMs, parameters }) => ({
        name,
        isDefault,
        instances,
        ttlMs,
        parameters,
      })),
    ).toEqual([
      {
        name: 'Large',
        isDefault: false,
        instances: 1,
        ttlMs: 7_200_000,
        parameters: { cpus: '8', size: 'large', extra: 'true' },
      },
      { name: 'Small', isDefault: true, instances: 2, ttlMs: 7_200_000, parameters: { cpus: '2', size: 'small', extra: 'true' } },
    ]);
    expect(outcome.presets[0]).toMatchObject({
      timezone: 'Europe/Berlin',
      schedules: [{ cron: '* 8-18 * * 1-5', instances: 5 }],
    });
    expect((await store.versionParameters(outcome.version.id)).map((parameter) => parameter.name)).toContain('zone');
    expect(outcome.warnings.join('\n')).toContain('main.tf:48:3: the s3 backend is not used');
    expect(outcome.warnings.join('\n')).toContain('unknown parameter "extra"');
    const rows = JSON.stringify([await store.versionVariables(outcome.version.id), outcome, await store.listEvents()]);
    expect(rows).not.toContain('do-not-tell');
  });

  it('reads presets from the text alone with --static', async () => {
    const outcome = await push(join(TEMPLATES, 'process'), { name: 'still', static: true });
    expect(outcome.presets).toMatchObject([{ name: 'Small', instances: 2, parameters: { cpus: '2' } }]);
    const refused = await failure(push(join(TEMPLATES, 'minimal'), { name: 'still2', static: true }));
    expect(refused.code).toBe('not_literal');
    expect(refused.message).toMatch(/^main\.tf:\d+:1: instances of data\.coder_workspace_preset\.standard/);
  });
});

describe('bad templates change nothing', () => {
  const preset = (body: string, name = 'A') =>
    `data "coder_workspace_preset" "p${name.toLowerCase()}" {\n  name = "${name}"\n${body}\n}\n`;
  const pool = '  prebuilds {\n    instances = 1\n  }';
  const schedule = (cron: string) => `      schedule {\n        cron      = "${cron}"\n        instances = 1\n      }\n`;
  const scheduling = (...crons: readonly string[]) =>
    `  prebuilds {\n    instances = 1\n    scheduling {\n      timezone = "UTC"\n${crons.map(schedule).join('')}    }\n  }`;

  it.each([
    ['syntax', `${HEAD}locals {\n  a = (1\n}\n`, 'hcl_syntax', 2, /^main\.tf:\d+:\d+: /],
    ['nocoder', 'resource "terraform_data" "x" {}\n', 'no_coder_provider', 2, /coder provider/],
    ['coderold', HEAD.replace('" }', '", version = "2.4.0" }'), 'provider_unavailable', 3, /2\.4\.0/],
    [
      'noprovider',
      HEAD.replace('coder =', 'x = { source = "acme/widget" }\n    coder ='),
      'provider_unavailable',
      3,
      /acme\/widget/,
    ],
    ['dupes', `${HEAD}${preset(pool)}data "coder_workspace_preset" "other" {\n  name = "A"\n}\n`, 'template_rules', 2, /"A"/],
    ['defaults', `${HEAD}${preset('  default = true')}${preset('  default = true', 'B')}`, 'template_rules', 2, /"A", "B"/],
    ['overlap', `${HEAD}${preset(scheduling('* 8-18 * * *', '* 12-20 * * *'))}`, undefined, 2, /overlap/],
    ['cron', `${HEAD}${preset(scheduling('0 8 * * *'))}`, undefined, 2, /cron|minute/i],
    [
      'ttl',
      `${HEAD}${preset('  prebuilds {\n    instances = 1\n    expiration_policy {\n      ttl = 60\n    }\n  }')}`,
      undefined,
      2,
      /ttl/,
    ],
    ['negative', `${HEAD}${preset('  prebuilds {\n    instances = -1\n  }')}`, undefined, 2, /instances/],
    [
      'unknown',
      `${HEAD}resource "terraform_data" "n" {\n  input = 1\n}\n${preset('  prebuilds {\n    instances = terraform_data.n.output\n  }')}`,
      'known_after_apply',
      2,
      /^instances of preset "A" is known only after apply$/,
    ],
    [
      'required',
      `${HEAD}${preset(pool)}data "coder_parameter" "r" {\n  name = "region"\n}\n`,
      'template_rules',
      2,
      /required parameter "region"/,
    ],
    [
      'option',
      `${HEAD}${preset(`  parameters = { size = "xl" }\n${pool}`)}data "coder_parameter" "s" {\n  name = "size"\n  default = "s"\n  option {\n    name = "s"\n    value = "s"\n  }\n}\n`,
      undefined,
      2,
      /xl/,
    ],
    [
      'validation',
      `${HEAD}${preset(`  parameters = { n = 9 }\n${pool}`, 'Second')}${preset('  parameters = { n = 2 }\n  default = true')}data "coder_parameter" "n" {\n  name = "n"\n  type = "number"\n  default = 2\n  validation {\n    min = 1\n    max = 3\n  }\n}\n`,
      'template_rules',
      2,
      /preset "Second": parameter "n": .*9.*3/,
    ],
    [
      'novalue',
      `${HEAD}variable "zone" {}\n${preset(pool)}`,
      'template_invalid',
      2,
      /main\.tf:\d+:\d+: No value for required variable/,
    ],
    ['reference', `${HEAD}${preset('  parameters = { a = local.nope }')}`, 'template_invalid', 2, /main\.tf:\d+:\d+: .*nope/],
    ['outside', `${HEAD}module "m" {\n  source = "../m"\n}\n`, 'module_outside', 2, /^main\.tf:6:1: module "m" is outside/],
  ] as const)('%s', async (name, text, code, exitCode, message) => {
    const before = await versionFolders();
    const error = await failure(push(await folder(name, { 'main.tf': text })));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
    expect(error.exitCode).toBe(exitCode);
    if (code !== undefined) expect(error.code).toBe(code);
    expect(error.hint).toBeTruthy();
    expect(await store.findTemplate(name)).toBeUndefined();
    expect(await versionFolders()).toEqual(before);
  });

  it.each([
    ['a type', ['size=secret7'], 'main.tf:6:1: Invalid value for input variable: .*var.size: a number is required'],
    ['a rule', ['size=7'], 'main.tf:8:3: Invalid value for variable: at most 3 GB'],
  ])('a value that a variable does not take although no coder block uses it: %s', async (what, vars, message) => {
    const name = what.replace('a ', 'sized-');
    const size = `variable "size" {\n  type = number\n  validation {\n    condition     = var.size <= 3\n    error_message = "at most 3 GB"\n  }\n}\n`;
    const dir = await folder(name, { 'main.tf': `${HEAD}${size}resource "terraform_data" "disk" {\n  input = var.size\n}\n` });
    const error = await failure(push(dir, { vars }));
    expect(error).toMatchObject({ code: 'variable_value', exitCode: 2, message: expect.stringMatching(message) as string });
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain('secret7');
    expect(await store.findTemplate(name)).toBeUndefined();
    expect((await push(dir, { vars: ['size=2'] })).version.number).toBe(1);
  });

  it('an undeclared variable, and a name that is none', async () => {
    const dir = await folder('fine', { 'main.tf': HEAD });
    expect(await failure(push(dir, { vars: ['nope=1'] }))).toMatchObject({ code: 'variable_undeclared', exitCode: 2 });
    expect(await failure(push(dir, { name: 'not a name' }))).toMatchObject({ code: 'bad_name', exitCode: 2 });
  });

  it('an interrupted push', async () => {
    const before = await versionFolders();
    const stop = new AbortController();
    const dir = join(root, 'interrupted');
    await cp(join(TEMPLATES, 'minimal'), dir, { recursive: true });
    const onProgress = (step: string) => {
      if (step.startsWith('evaluating')) stop.abort();
    };
    expect(await failure(push(dir, { onProgress, signal: stop.signal }))).toMatchObject({ code: 'interrupted', exitCode: 130 });
    expect(await versionFolders()).toEqual(before);
    expect(await store.findTemplate('interrupted')).toBeUndefined();
  });
});
