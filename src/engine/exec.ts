/** What a short, stateless command printed; used for `version`, `init` and `show`, never for plan or apply (SM R2). */
export interface Captured {
  /** undefined = it did not start, or it ended by a signal or the time limit. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly interrupted: boolean;
  /** Errno of the start, such as `ENOENT` or `EACCES`. */
  readonly startError: string | undefined;
}

export interface CaptureInput {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The complete environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Aborting sends one SIGINT; the engine then stops by itself. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command to its end with stdin closed and its output in memory. Never throws: the result is a record. */
export async function capture(input: CaptureInput): Promise<Captured> {
  // Loaded on first use: plan and apply do not need it, and a claim must start fast.
  const { execa } = await import('execa');
  const child = execa(input.file, input.args, {
    cwd: input.cwd,
    env: { ...input.env },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: input.timeoutMs,
    stripFinalNewline: false,
    forceKillAfterDelay: 5000,
    maxBuffer: 256 * 1024 * 1024,
  });
  const interrupt = () => child.kill('SIGINT');
  input.signal?.addEventListener('abort', interrupt, { once: true });
  if (input.signal?.aborted === true) interrupt();
  const result = await child;
  input.signal?.removeEventListener('abort', interrupt);
  return {
    exitCode: result.exitCode,
    stdout: result.stdout,
    stderr: result.stderr,
    timedOut: result.timedOut,
    interrupted: input.signal?.aborted === true,
    startError:
      result.exitCode === undefined && !result.timedOut && !result.isTerminated ? (result.code ?? 'unknown') : undefined,
  };
}
