import { readFile } from 'node:fs/promises';
import type { Version } from '../domain/types.ts';
import { SHORTEST_SECRET } from '../kit/blot.ts';
import { versionPaths } from '../kit/paths.ts';
import type { Store } from '../store/store.ts';

/**
 * Values of the sensitive variables of a version, the longest first. Engines hide them in their own words; what a provisioner or a provider
 * prints, and an error quotes, is hidden by nobody (spec 7.2).
 */
export async function secretsOf(
  store: Pick<Store, 'versionVariables'>,
  version: Pick<Version, 'id' | 'folder'>,
): Promise<readonly string[]> {
  const names = (await store.versionVariables(version.id)).filter(({ sensitive }) => sensitive).map(({ name }) => name);
  if (names.length === 0) return [];
  const values = await valuesOf(versionPaths(version.folder).variables);
  const forms = names
    .flatMap((name) => texts(values[name]))
    .flatMap((text) => [text, JSON.stringify(text).slice(1, -1), ...text.split('\n')]);
  return [...new Set(forms)].filter((text) => text.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
}

async function valuesOf(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

/** Every text and number in a value. */
function texts(value: unknown): readonly string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}
