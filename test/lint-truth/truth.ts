import { execFile } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { baseEnvironment } from '../../src/engine/environment.ts';
import { type CaseInputs, claimEnvironment, prebuildEnvironment } from './identity.ts';
import { firstError, readPlan, type Truth } from './plan.ts';

/** An engine with the coder, local and time providers, initialised once; `terraform_data` is built in. */
export interface TruthEngine {
  /**
   * Builds the template of a folder as a prebuild and plans its claim, in a copy that is removed afterwards with everything the build
   * made (templates here make nothing outside their folder). Throws BrokenTemplate when the prebuild cannot be built.
   */
  realReplacements(dir: string, inputs?: CaseInputs): Promise<Truth>;
  close(): void;
}

/** The first build fails, so there is nothing to claim. */
export class BrokenTemplate extends Error {}

const PROVIDERS = `terraform {
  required_providers {
    coder = { source = "coder/coder" }
    local = { source = "hashicorp/local" }
    time  = { source = "hashicorp/time" }
  }
}
`;

interface Prepared {
  readonly engine: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** `engine`: path of terraform or tofu. Providers come from where TF_CLI_CONFIG_FILE says. */
export async function openTruthEngine(engine: string): Promise<TruthEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'lint-truth-'));
  const init = join(folder, 'init');
  mkdirSync(init);
  writeFileSync(join(init, 'main.tf'), PROVIDERS);
  const env = baseEnvironment({
    inherited: process.env,
    configured: {},
    dataDir: join(init, '.terraform'),
    fileExists: existsSync,
  });
  const answer = await run(engine, ['init', '-input=false', '-no-color'], init, env);
  if (answer.code !== 0) throw new Error(`${engine} init failed: ${answer.stderr}`);
  return {
    realReplacements: (dir, inputs = {}) => askEngine({ engine, folder, env }, dir, inputs),
    close: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function askEngine({ engine, folder, env }: Prepared, dir: string, inputs: CaseInputs): Promise<Truth> {
  const copy = mkdtempSync(join(folder, 'case-'));
  const [work, data] = [join(copy, 'work'), join(copy, 'data')];
  cpSync(dir, work, { recursive: true });
  copyFileSync(join(folder, 'init', '.terraform.lock.hcl'), join(work, '.terraform.lock.hcl'));
  mkdirSync(data);
  symlinkSync(join(folder, 'init', '.terraform', 'providers'), join(data, 'providers'));
  const base = { ...env, TF_DATA_DIR: data };
  const engineRun = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    run(engine, args, work, { ...base, ...more });
  try {
    const got = await engineRun(['get', '-no-color']);
    if (got.code !== 0) throw new BrokenTemplate(got.stderr);
    const apply = await engineRun(['apply', '-json', '-input=false', '-auto-approve'], prebuildEnvironment(inputs));
    if (apply.code !== 0) throw new BrokenTemplate(firstError(apply.stdout) ?? `${apply.stdout}${apply.stderr}`);
    const claim = claimEnvironment(inputs, runningToken(join(work, 'terraform.tfstate')));
    if (usesClock(work)) await pause(1100);
    // With a refresh, as a coderd plans a claim: it is what changes the token of an agent that is not alone.
    const plan = await engineRun(['plan', '-json', '-input=false', '-out=claim.tfplan'], claim);
    const error = plan.code === 0 ? undefined : (firstError(plan.stdout) ?? `exit code ${String(plan.code)}`);
    if (!existsSync(join(work, 'claim.tfplan'))) return { error, replaced: [], coder: [], deferred: [] };
    const shown = await engineRun(['show', '-json', 'claim.tfplan']);
    if (shown.code !== 0) throw new Error(`show failed in ${dir}: ${shown.stderr}`);
    return { error, ...readPlan(shown.stdout) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** plantimestamp() counts seconds, and the two plans are made in less than one. */
const usesClock = (dir: string): boolean =>
  readdirSync(dir).some((name) => name.endsWith('.tf') && readFileSync(join(dir, name), 'utf8').includes('plantimestamp'));

/** The agent's token; undefined unless there is exactly one agent, since the provider then looks for no other name. */
function runningToken(stateFile: string): string | undefined {
  const state = JSON.parse(readFileSync(stateFile, 'utf8')) as {
    readonly resources: readonly {
      readonly mode: string;
      readonly type: string;
      readonly instances: readonly { readonly attributes: { readonly token?: string } }[];
    }[];
  };
  const agents = state.resources.filter((one) => one.mode === 'managed' && one.type === 'coder_agent');
  const tokens = agents.flatMap((one) => one.instances.map((instance) => instance.attributes.token));
  return tokens.length === 1 ? tokens[0] : undefined;
}

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (file: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<Answer> =>
  new Promise((resolve, reject) => {
    execFile(file, args, { cwd, env, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(error ?? new Error(`${file} did not end by itself`));
    });
  });
