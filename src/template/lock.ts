/** One provider of a dependency lock file. */
export interface LockedProvider {
  /** `host/namespace/type`. */
  readonly address: string;
  readonly version: string;
}

/** Providers named by a `.terraform.lock.hcl`; the file is written by the engine, so a plain reading is enough. */
export function readLock(text: string): readonly LockedProvider[] {
  return [...text.matchAll(/^provider "([^"]+)" \{\n(?:[^}]*?\n)?\s*version\s*=\s*"([^"]+)"/gm)].map((match) => ({
    address: match[1] ?? '',
    version: match[2] ?? '',
  }));
}

/** The coder provider, whatever the registry's host. */
export function coderProvider(locked: readonly LockedProvider[]): LockedProvider | undefined {
  return locked.find((provider) => /(^|\/)coder\/coder$/.test(provider.address));
}

/** Whether version `a` is at least `b`, by major, minor and patch; a pre-release of `b` itself is older. */
export function isAtLeast(a: string, b: string): boolean {
  const [mine, other] = [parts(a), parts(b)];
  for (let i = 0; i < 3; i += 1) {
    const difference = (mine.numbers[i] ?? 0) - (other.numbers[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return !mine.preRelease || other.preRelease;
}

function parts(version: string): { numbers: readonly number[]; preRelease: boolean } {
  const [core = '', rest] = version.replace(/^v/, '').split(/[-+](.*)/s);
  return { numbers: core.split('.').map(Number), preRelease: rest !== undefined && version.includes('-') };
}
