import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { readdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A provider's executable that is known to be what the lock file names. */
export interface ProviderBinary {
  readonly address: string;
  readonly path: string;
}

/** `linux_amd64` and the like, as the engines name their package folders. */
export const packagePlatform = (): string =>
  `${platform()}_${({ x64: 'amd64', ia32: '386' } as Record<string, string>)[arch()] ?? arch()}`;

/** Checked packages by folder, beside the packages: path, size and time of the executable whose package matched the lock file. */
const PINS = 'prebuilds-providers.json';

interface Pin {
  readonly lock: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * Finds the executable of a provider under `<dataDir>/providers` and makes sure that it is the locked one: an engine checks neither version nor
 * hash of a provider it is handed (provider-sessions 8). The package is hashed once, then its executable is known by size and time.
 * Throws a plain Error with the reason; the caller then does without a session.
 */
export async function findProviderBinary(dataDir: string, cwd: string, address: string): Promise<ProviderBinary> {
  const lock = lockEntry(readFileSync(join(cwd, '.terraform.lock.hcl'), 'utf8'), address);
  if (lock === undefined) throw new Error(`${address} is not in the lock file`);
  const folder = join(dataDir, 'providers', ...address.split('/'), lock.version, packagePlatform());
  const names = (await readdir(folder)).filter((name) => name.startsWith('terraform-provider-'));
  const [name] = names;
  if (name === undefined || names.length > 1) throw new Error(`${address}: ${String(names.length)} executables in ${folder}`);
  const path = await realpath(join(folder, name));
  const { size, mtimeMs } = statSync(path);
  const pins = await readPins(dataDir);
  const wanted: Pin = { lock: lock.hashes.join(' '), size, mtimeMs };
  const pin = pins[path];
  if (pin?.lock === wanted.lock && pin.size === size && pin.mtimeMs === mtimeMs) return { address, path };
  if (!lock.hashes.includes(await sharedHash(await realpath(folder), wanted)))
    throw new Error(`${address}: the package differs from the lock file`);
  await writePins(dataDir, { ...pins, [path]: wanted });
  return { address, path };
}

/** Version and `h1:` hashes of one `provider "..."` block; the address must be written exactly so, with its host. */
export function lockEntry(
  text: string,
  address: string,
): { readonly version: string; readonly hashes: readonly string[] } | undefined {
  const start = text.indexOf(`provider "${address}" {`);
  if (start < 0) return undefined;
  const block = text.slice(start, text.indexOf('\n}', start));
  const version = /^\s*version\s*=\s*"([^"]+)"/m.exec(block)?.[1];
  return version === undefined
    ? undefined
    : { version, hashes: [...block.matchAll(/"(h1:[^"]+)"/g)].flatMap((match) => match[1] ?? []) };
}

/** Hashes in the making, by folder and executable as it is now: builds that begin together all ask for the same one at once. */
const hashing = new Map<string, Promise<string>>();

function sharedHash(folder: string, { size, mtimeMs }: Pin): Promise<string> {
  const key = `${String(size)} ${String(mtimeMs)} ${folder}`;
  const known = hashing.get(key);
  if (known !== undefined) return known;
  const made = packageHash(folder).finally(() => hashing.delete(key));
  hashing.set(key, made);
  return made;
}

/** Hash of a package folder in the form `h1:` of the lock file: sha256 over the sorted lines `sha256  name`. */
export async function packageHash(folder: string): Promise<string> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
  const sum = createHash('sha256');
  for (const file of files) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, file)), hash);
    sum.update(`${hash.digest('hex')}  ${file}\n`);
  }
  return `h1:${sum.digest('base64')}`;
}

async function readPins(dataDir: string): Promise<Readonly<Record<string, Pin>>> {
  try {
    return JSON.parse(await readFile(join(dataDir, PINS), 'utf8')) as Record<string, Pin>;
  } catch {
    return {};
  }
}

/** Several operations may pin at once; each writes a whole file, and a lost entry only costs another hash. */
async function writePins(dataDir: string, pins: Readonly<Record<string, Pin>>): Promise<void> {
  const temporary = join(dataDir, `${PINS}.${randomUUID()}`);
  await writeFile(temporary, JSON.stringify(pins), { mode: 0o600 });
  await rename(temporary, join(dataDir, PINS));
}
