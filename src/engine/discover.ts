import { accessSync, constants, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, isAbsolute, join, resolve } from 'node:path';
import type { EngineKind } from '../domain/types.ts';
import { EngineError } from '../kit/errors.ts';
import type { EngineInfo } from './engine.ts';
import { capture, type Captured } from './exec.ts';

/**
 * Lowest versions that are served. terraform 1.5: the last one under its old licence and therefore the oldest still in wide use; it has all
 * that is used here (planned changes with reasons in the JSON stream, `terraform_data`, refresh-only plans). tofu 1.6: its first release.
 */
export const MINIMUM_VERSIONS: Readonly<Record<EngineKind, string>> = { terraform: '1.5.0', tofu: '1.6.0' };

const VERSION_TIMEOUT_MS = 20_000;

export interface DiscoverInput {
  /** Path or bare name from `engine` of the config or PREBUILDS_ENGINE; undefined = PATH decides. */
  readonly configured: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Finds the engine: what is configured, else `terraform`, else `tofu` on PATH, and asks for its version. Costs one process start, so callers
 * keep the answer. Throws EngineError with code engine_missing, engine_not_executable, engine_unusable or engine_too_old.
 */
export async function discoverEngine(input: DiscoverInput): Promise<EngineInfo> {
  const { configured, env } = input;
  if (configured !== undefined && configured !== '') {
    const path = isPath(configured) ? resolve(configured) : findOnPath(configured, env['PATH']);
    if (path === undefined) {
      throw new EngineError('engine_missing', `engine "${configured}" is not on PATH`, {
        hint: 'correct `engine` in the configuration or PREBUILDS_ENGINE, or install it',
      });
    }
    return describeEngine(path, env);
  }
  const path = findOnPath('terraform', env['PATH']) ?? findOnPath('tofu', env['PATH']);
  if (path === undefined) {
    throw new EngineError('engine_missing', 'neither terraform nor tofu is on PATH', {
      hint: 'install one of them, or name its path in `engine` of the configuration or in PREBUILDS_ENGINE',
    });
  }
  return describeEngine(path, env);
}

/** Asks the engine at an absolute path for kind and version, and checks the minimum. Throws EngineError as discoverEngine does. */
export async function describeEngine(
  path: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<EngineInfo> {
  assertExecutable(path);
  // The plain text is asked for, since only it names the product: the JSON form is the same for terraform and tofu.
  const answer = await capture({
    file: path,
    args: ['version'],
    cwd: tmpdir(),
    env: { PATH: env['PATH'] ?? '', HOME: env['HOME'] ?? '', CHECKPOINT_DISABLE: '1' },
    timeoutMs: VERSION_TIMEOUT_MS,
  });
  const found = parseVersion(answer.stdout);
  if (found === undefined || answer.exitCode !== 0) throw unusable(path, answer);
  const minimum = MINIMUM_VERSIONS[found.kind];
  if (compareVersions(found.version, minimum) < 0) {
    throw new EngineError(
      'engine_too_old',
      `${found.kind} ${found.version} at ${path} is too old: ${minimum} or newer is needed`,
      {
        hint: `upgrade ${found.kind}, or name another engine in PREBUILDS_ENGINE`,
        details: { path, kind: found.kind, version: found.version, minimum },
      },
    );
  }
  return { kind: found.kind, path, version: found.version };
}

/** Reads `Terraform v1.11.4` or `OpenTofu v1.12.6-dev` from the output of `version`. */
export function parseVersion(text: string): { readonly kind: EngineKind; readonly version: string } | undefined {
  const match = /^(Terraform|OpenTofu) v(\d+\.\d+\.\d+[^\s]*)/m.exec(text);
  if (match?.[2] === undefined) return undefined;
  return { kind: match[1] === 'OpenTofu' ? 'tofu' : 'terraform', version: match[2] };
}

/** Compares the numbers of two versions; a pre-release counts as its release, since it has the features asked for. */
export function compareVersions(left: string, right: string): number {
  const numbers = (text: string) => (text.split(/[-+]/)[0] ?? '').split('.').map(Number);
  const [a, b] = [numbers(left), numbers(right)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const isPath = (name: string): boolean => isAbsolute(name) || name.includes('/');

/** First executable file of that name on PATH, as an absolute path. */
export function findOnPath(name: string, path: string | undefined): string | undefined {
  for (const folder of (path ?? '').split(delimiter)) {
    if (folder === '') continue;
    const candidate = resolve(join(folder, name));
    if (isExecutableFile(candidate)) return candidate;
  }
  return undefined;
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function assertExecutable(path: string): void {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile();
  if (isFile === undefined) {
    throw new EngineError('engine_missing', `engine not found at ${path}`, {
      hint: 'correct `engine` in the configuration or PREBUILDS_ENGINE',
    });
  }
  if (!isFile || !isExecutableFile(path)) {
    throw new EngineError('engine_not_executable', `engine at ${path} is not an executable file`, {
      hint: isFile ? `run chmod +x ${path}, or name another engine` : 'name the binary itself, not its folder',
    });
  }
}

function unusable(path: string, answer: Captured): EngineError {
  const said = (answer.stderr.trim() || answer.stdout.trim()).split('\n')[0] ?? '';
  const why = answer.timedOut
    ? `gave no answer within ${String(VERSION_TIMEOUT_MS / 1000)} seconds`
    : answer.startError !== undefined
      ? `could not be started (${answer.startError})`
      : answer.exitCode === 0
        ? 'does not name itself Terraform or OpenTofu'
        : `ended with exit code ${String(answer.exitCode)}`;
  return new EngineError(
    'engine_unusable',
    `${basename(path)} at ${path} ${why}${said === '' ? '' : `: ${said.slice(0, 200)}`}`,
    {
      hint: `run ${path} version to see what is wrong with it`,
    },
  );
}
