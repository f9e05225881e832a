import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { initVersion } from '../../../src/engine/commands.ts';
import { discoverEngine } from '../../../src/engine/discover.ts';
import type { EngineInfo, RunSpec } from '../../../src/engine/engine.ts';
import { baseEnvironment, coderEnvironment } from '../../../src/engine/environment.ts';

const HEAD = `
terraform {
  required_providers {
    coder = { source = "coder/coder" }
    local = { source = "hashicorp/local" }
  }
}
data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}
data "coder_parameter" "cpus" {
  name    = "cpus"
  type    = "number"
  default = 2
  mutable = true
}
resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}
resource "local_file" "note" {
  filename = "\${path.root}/note.txt"
  content  = "\${data.coder_workspace_owner.me.name} \${data.coder_workspace.me.name} \${data.coder_parameter.cpus.value}"
}
`;

/** A template folder that was initialised once, as a pushed version is. */
export interface World {
  readonly folder: string;
  readonly engine: EngineInfo;
  readonly dataDir: string;
  readonly work: string;
  readonly providers: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Unique text in the environment of every process of this world. */
  readonly mark: string;
  spec(verb: string, args: readonly string[], more?: Partial<RunSpec>): RunSpec;
}

export async function makeWorld(extra = ''): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const [work, dataDir] = [join(folder, 'work'), join(folder, 'data')];
  mkdirSync(work);
  writeFileSync(join(work, 'main.tf'), HEAD + extra);
  const engine = await discoverEngine({ configured: process.env['PREBUILDS_ENGINE'], env: process.env });
  const base = baseEnvironment({ inherited: process.env, configured: {}, dataDir, fileExists: existsSync });
  const mark = `ws-${basename(folder)}`;
  const env = { ...base, ...coderEnvironment(identity(mark)) };
  await initVersion({ engine, cwd: work, env: base });
  const lock = readFileSync(join(work, '.terraform.lock.hcl'), 'utf8');
  const providers = [...lock.matchAll(/^provider "([^"]+)"/gm)].flatMap((match) => match[1] ?? []);
  const spec: World['spec'] = (verb, args, more = {}) => {
    const runId = `${mark}-${verb}`;
    return { runId, folder: join(folder, 'runs', verb), cwd: work, engine, args, env, ...more };
  };
  return { folder, engine, dataDir, work, providers, env, mark, spec };
}

const identity = (workspaceId: string) =>
  ({
    workspaceId,
    workspaceName: 'dev',
    owner: { id: 'o-1', username: 'anna', fullName: 'Anna', email: 'anna@example.org', isSystem: false },
    groups: [],
    roles: [],
    buildId: 'b-1',
    templateId: 't-1',
    templateName: 'test',
    templateVersion: '1',
    transition: 'start',
    stage: 'none',
    parameters: { cpus: '4' },
    previousParameters: undefined,
    runningToken: undefined,
    accessUrl: 'http://127.0.0.1:7780',
    loader: 1,
  }) as const;

/** Pids of live processes whose environment holds `mark` and whose program's name begins like that. */
export function processesOf(mark: string, program: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const exe = basename(readlinkSync(`/proc/${pid}/exe`));
        return !stat.includes(') Z ') && exe.startsWith(program) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark);
      } catch {
        return false;
      }
    });
}

export const providersOf = (world: World): readonly number[] => processesOf(world.mark, 'terraform-provider-');
