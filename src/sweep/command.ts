import type { Listing, RealObject } from '../domain/sweep.ts';

interface CommandInput {
  readonly argv: readonly string[];
  readonly timeoutMs: number;
  readonly cwd: string;
  /** The complete environment: that of the engine, since it asks the same provider. */
  readonly env: Readonly<Record<string, string>>;
}

/** Asks a command, without a shell. Throws an Error with one line when it fails, or prints something else than ids. */
export async function listByCommand({ argv, timeoutMs, cwd, env }: CommandInput): Promise<Listing> {
  const { execa } = await import('execa');
  const [file = '', ...args] = argv;
  const done = await execa(file, args, {
    env,
    extendEnv: false,
    cwd,
    stdin: 'ignore',
    reject: false,
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
    forceKillAfterDelay: 1000,
  });
  if (done.timedOut) throw new Error(`${file} did not end within ${String(timeoutMs)} ms`);
  if (done.failed) {
    const [words = ''] = done.stderr.trim().split('\n');
    throw new Error(`${file}: ${words === '' ? (done.shortMessage ?? 'failed') : words}`);
  }
  return listingOf(done.stdout);
}

/**
 * One object per line: an id, or JSON `{"id", "workspace_id", "type"}` with the last two optional. A type that is printed at all is taken as
 * printed in full. Throws an Error with the number of a line that is neither.
 */
export function listingOf(stdout: string): Listing {
  const objects = stdout.split('\n').flatMap((line, at) => objectOf(line.trim(), at + 1));
  const everything = new Map<string, Set<string>>();
  for (const { type, id } of objects) {
    if (type !== '') everything.set(type, (everything.get(type) ?? new Set()).add(id));
  }
  return { objects, everything };
}

function objectOf(line: string, number: number): readonly RealObject[] {
  if (line === '') return [];
  if (!line.startsWith('{')) return [{ kind: 'object', id: line, type: '', workspaceId: undefined }];
  const { id, type, workspace_id: workspaceId } = parse(line, number);
  if (typeof id !== 'string' || id === '') throw new Error(`line ${String(number)} of the sweep command has no "id"`);
  return [
    {
      kind: 'object',
      id,
      type: typeof type === 'string' ? type : '',
      workspaceId: typeof workspaceId === 'string' && workspaceId !== '' ? workspaceId : undefined,
    },
  ];
}

function parse(line: string, number: number): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    throw new Error(`line ${String(number)} of the sweep command is not JSON`);
  }
}
