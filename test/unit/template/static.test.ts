import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHclParser } from '../../../src/template/hcl.ts';
import { readTemplate, type TemplateReading } from '../../../src/template/reading.ts';
import { collectTemplate } from '../../../src/template/source.ts';
import { glance, readStatic } from '../../../src/template/static.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'prebuilds-static-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
const parser = createHclParser();

async function read(text: string): Promise<TemplateReading> {
  await writeFile(join(root, 'main.tf'), text);
  return readTemplate(await collectTemplate(root), parser, { tofu: false });
}

const GOOD = `data "coder_parameter" "cores" {
  name    = "cpus"
  type    = "number"
  default = 2
  option {
    name  = "two"
    value = 2
  }
  validation {
    min = -1
    max = 8
  }
}
data "coder_workspace_preset" "p" {
  name    = "P"
  default = true
  parameters = {
    (data.coder_parameter.cores.name) = 8
    zone = "eu"
  }
  prebuilds {
    instances = 2
    expiration_policy {
      ttl = 7200
    }
    scheduling {
      timezone = "UTC"
      schedule {
        cron      = "* 8 * * *"
        instances = 5
      }
    }
  }
}
resource "coder_agent" "main" {
  os   = "windows"
  arch = local.arch
}
`;

it('reads what is written out', async () => {
  const found = readStatic(await read(GOOD));
  expect(found.presets).toEqual([
    {
      address: 'data.coder_workspace_preset.p',
      name: 'P',
      isDefault: true,
      parameters: { cpus: '8', zone: 'eu' },
      instances: 2,
      hasPrebuilds: true,
      ttlMs: 7_200_000,
      timezone: 'UTC',
      schedules: [{ cron: '* 8 * * *', instances: 5 }],
      sensitiveParameters: [],
    },
  ]);
  expect(found.parameters).toMatchObject([
    {
      name: 'cpus',
      type: 'number',
      defaultValue: '2',
      options: [{ name: 'two', value: '2' }],
      validations: [{ min: -1, max: 8 }],
    },
  ]);
  expect(found.agents).toEqual([{ address: 'coder_agent.main', os: 'windows', arch: '', auth: 'token' }]);
  expect(found.notServed.join()).toContain('Windows');
  expect(found.singleProviders).toEqual([]);
});

describe('anything else is an error with its place', () => {
  it.each([
    ['instances = 2', 'instances = var.n', 'main.tf:14:1: instances of data.coder_workspace_preset.p is not written out'],
    ['name    = "P"', 'name    = "P ${local.x}"', 'main.tf:14:1: name of data.coder_workspace_preset.p is not written out'],
    [
      'name    = "P"',
      'name    = "P"\n  for_each = {}',
      'main.tf:14:1: for_each of data.coder_workspace_preset.p is not written out',
    ],
    ['zone = "eu"', 'zone = local.zone', 'main.tf:14:1: parameters of data.coder_workspace_preset.p is not written out'],
    ['zone = "eu"', '(local.key) = "eu"', 'main.tf:14:1: parameters of data.coder_workspace_preset.p is not written out'],
    ['ttl = 7200', 'ttl = local.ttl', 'main.tf:14:1: ttl of data.coder_workspace_preset.p is not written out'],
    ['default = 2', 'default = local.two', 'main.tf:1:1: default of data.coder_parameter.cores is not written out'],
    ['default = 2', 'default = 2\n  count = 1', 'main.tf:1:1: count of data.coder_parameter.cores is not written out'],
  ])('%s to %s', async (from, to, message) => {
    const reading = await read(GOOD.replace(from, to));
    expect(() => readStatic(reading)).toThrow(expect.objectContaining({ code: 'not_literal', message, exitCode: 2 }));
  });

  it('a missing or wrong attribute too', async () => {
    const missing = await read(GOOD.replace('    instances = 2\n', ''));
    expect(() => readStatic(missing)).toThrow('main.tf:14:1: instances of data.coder_workspace_preset.p is missing');
    const wrong = await read(GOOD.replace('instances = 2', 'instances = "many"'));
    expect(() => readStatic(wrong)).toThrow('main.tf:14:1: instances of data.coder_workspace_preset.p has a wrong value');
  });
});

it('a glance takes what it can and never fails', async () => {
  const { presets, parameters } = glance(await read(GOOD.replace('instances = 2', 'instances = var.n')));
  expect(presets).toEqual([]);
  expect(parameters).toHaveLength(1);
});
