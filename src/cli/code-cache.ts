import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { constants, Script } from 'node:vm';

interface Compiled {
  readonly file: string;
  readonly script: Script;
}

/** What Node has and its types do not tell: the compile cache from 22 on, and the step from text to a module in all versions. */
interface Loader {
  readonly enableCompileCache?: (folder: string) => unknown;
  readonly prototype: { _compile: (this: NodeJS.Module, content: string, filename: string) => unknown };
  wrap(content: string): string;
}

const KEPT_MS = 30 * 24 * 3_600_000;

/**
 * Keeps the compiled code of this tool from one run to the next in `$XDG_CACHE_HOME/prebuilds/code`: half of what every command takes
 * before it begins is reading and compiling what it compiled the last time. From Node 22 on, Node does it; before, the files in `chunks` are compiled
 * here, which have a hash of their text in their names. NODE_DISABLE_COMPILE_CACHE turns it off, as it does Node's own.
 */
export function keepCompiledCode(chunks: string, command: string | undefined): void {
  if ((process.env['NODE_DISABLE_COMPILE_CACHE'] ?? '') !== '') return;
  const folder = ownFolder();
  if (folder === undefined) return;
  const loader = nodeModule as unknown as Loader;
  if (loader.enableCompileCache !== undefined) {
    loader.enableCompileCache(folder);
    return;
  }
  // What runs is compiled function by function, and what a claim runs is what should be there.
  const use = command === 'claim' || command === 'create' ? 'claim' : 'other';
  const fresh: Compiled[] = [];
  const original = loader.prototype._compile;
  loader.prototype._compile = function (content, filename) {
    if (dirname(filename) !== chunks) return original.call(this, content, filename);
    const file = join(folder, `${process.version}-${process.arch}-${use}-${basename(filename)}`);
    const cachedData = textOf(file);
    const script = new Script(loader.wrap(content), {
      filename,
      ...(cachedData === undefined ? {} : { cachedData }),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    if (script.cachedDataRejected !== false) fresh.push({ file, script });
    const run = script.runInThisContext() as (this: unknown, ...inputs: readonly unknown[]) => unknown;
    return run.call(this.exports, this.exports, nodeModule.createRequire(filename), this, filename, dirname(filename));
  };
  process.once('exit', () => {
    if (fresh.length > 0) keep(folder, fresh);
  });
}

/** Code is run from there, so it must be ours and nobody else may write it. Nothing is made in a home that does not exist. */
function ownFolder(): string | undefined {
  const named = process.env['XDG_CACHE_HOME'] ?? '';
  try {
    // Throws for a user whom the system does not know.
    const cache = isAbsolute(named) ? named : join(homedir(), '.cache');
    const folder = join(cache, 'prebuilds', 'code');
    for (const one of [cache, dirname(folder), folder]) makeFolder(one);
    const { uid, mode } = statSync(folder);
    return uid === process.getuid?.() && (mode & 0o022) === 0 ? folder : undefined;
  } catch {
    return undefined;
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function textOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Files of builds that are gone go after a month; whoever still needs one makes it again. */
function keep(folder: string, fresh: readonly Compiled[]): void {
  try {
    for (const { file, script } of fresh) {
      const made = `${file}.${String(process.pid)}`;
      writeFileSync(made, script.createCachedData(), { mode: 0o600 });
      renameSync(made, file);
    }
    const before = statSync(fresh[0]?.file ?? folder).mtimeMs - KEPT_MS;
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).mtimeMs < before) rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // A full disk, or another process was faster: the next run compiles again.
  }
}
