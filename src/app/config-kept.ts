import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { homePaths } from '../kit/paths.ts';
import type { ConfigFile } from './config-schema.ts';

/**
 * What a configuration file says, kept in the home from one command to the next: reading YAML and checking it takes a claim longer than
 * looking up everything it needs. It holds for the text it was read from and for the build of this tool that read it, which the name of a
 * bundled file tells (it has the hash of what the bundle loads). Anything unreadable counts as nothing kept.
 */
export function keptConfig(home: string, text: string): ConfigFile | undefined {
  try {
    const kept = JSON.parse(readFileSync(homePaths(home).configKept, 'utf8')) as {
      readonly of: string;
      readonly file: ConfigFile;
    };
    return kept.of === identityOf(text) ? kept.file : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what was read, unless it has values of `env`, which may be secrets, or would not be the same when read again. */
export function keepConfig(home: string, text: string, file: ConfigFile): void {
  const kept = JSON.stringify({ of: identityOf(text), file });
  if (file.env !== undefined || !isDeepStrictEqual((JSON.parse(kept) as { file: unknown }).file, file)) return;
  const path = homePaths(home).configKept;
  const fresh = `${path}.${String(process.pid)}`;
  try {
    writeFileSync(fresh, kept, { mode: 0o600 });
    renameSync(fresh, path);
  } catch {
    // A full disk or a foreign owner: the next command reads the file as this one did.
  }
}

const identityOf = (text: string): string =>
  createHash('sha256')
    .update(import.meta.url)
    .update('\0')
    .update(text)
    .digest('hex');
