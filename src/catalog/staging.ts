import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../kit/errors.ts';
import { homePaths, versionPaths } from '../kit/paths.ts';
import { identify, isAlive, type ProcessIdentity } from '../kit/process.ts';
import { copyTemplate, type TemplateSource } from '../template/source.ts';

const MARKER = '.staging-';

/** A version folder that is being filled and that no row refers to yet. */
export interface Staging {
  readonly id: string;
  readonly folder: string;
  readonly source: string;
  readonly data: string;
  readonly variables: string;
  /** The row exists: the folder stays. */
  keep(): Promise<void>;
  /** Nothing came of it: the folder goes. */
  discard(): Promise<void>;
}

/**
 * Opens a version's folder at its final place, since the engine writes absolute paths into its data folder (installed modules), and a
 * later rename would break them. A marker beside it names the process, so that what a killed push left is found (sweepStaging).
 */
export async function openStaging(home: string, id: string): Promise<Staging> {
  const versions = homePaths(home).versions;
  await mkdir(versions, { recursive: true, mode: 0o700 });
  const folder = join(versions, id);
  const marker = join(versions, `${MARKER}${id}`);
  await writeFile(marker, JSON.stringify(identify(process.pid)), { mode: 0o600, flag: 'wx' });
  await mkdir(folder, { mode: 0o700 });
  await mkdir(versionPaths(folder).data, { mode: 0o700 });
  return {
    id,
    folder,
    ...versionPaths(folder),
    keep: async () => {
      // The coder provider leaves a socket beside its working directory.
      await rm(join(folder, '.coder'), { recursive: true, force: true });
      await rm(marker, { force: true });
    },
    discard: async () => {
      await rm(folder, { recursive: true, force: true });
      await rm(marker, { force: true });
    },
  };
}

/** Copies template, backend override and variables into the staging folder. UserError when the template changed since it was hashed. */
export async function fillStaging(
  staging: Staging,
  source: TemplateSource,
  contentHash: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<void> {
  const written = await copyTemplate(source.files, staging.source);
  if (written !== contentHash) {
    throw new UserError('template_changed', 'the template was changed while it was being pushed', { hint: 'push again' });
  }
  const override = join(staging.source, overrideName(source.files.map((file) => file.path)));
  await writeFile(override, `${JSON.stringify({ terraform: { backend: { local: {} } } })}\n`, { mode: 0o600 });
  await chmod(override, 0o600);
  await writeFile(staging.variables, `${JSON.stringify(variables)}\n`, { mode: 0o600 });
}

/**
 * Name of our backend override: overrides are merged in name order, so it must sort behind the template's own. It replaces any backend
 * or cloud block (spec 4.1).
 */
export function overrideName(paths: readonly string[]): string {
  const last = paths
    .filter((path) => !path.includes('/') && /(^|_)override\.(tf|tofu)(\.json)?$/.test(path))
    .sort()
    .at(-1);
  let name = 'zz_prebuilds_override.tf.json';
  while (last !== undefined && last > name) name = `z${name}`;
  return name;
}

/** Ids of pushes that were killed: their process is gone. */
export async function staleStaging(home: string): Promise<readonly string[]> {
  const { versions } = homePaths(home);
  const markers = (await readdir(versions).catch(() => [])).filter((name) => name.startsWith(MARKER));
  const stale: string[] = [];
  for (const name of markers) {
    const owner = parseOwner(await readFile(join(versions, name), 'utf8').catch(() => ''));
    if (owner === undefined || !isAlive(owner)) stale.push(name.slice(MARKER.length));
  }
  return stale;
}

/** Removes what killed pushes left, where no version has that id. */
export async function sweepStaging(home: string, isVersion: (id: string) => Promise<boolean>): Promise<number> {
  const { versions } = homePaths(home);
  let swept = 0;
  for (const id of await staleStaging(home)) {
    if (!(await isVersion(id))) {
      await rm(join(versions, id), { recursive: true, force: true });
      swept += 1;
    }
    await rm(join(versions, `${MARKER}${id}`), { force: true });
  }
  return swept;
}

function parseOwner(text: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
