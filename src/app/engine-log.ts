import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Build, Run } from '../domain/types.ts';
import type { EngineEvent, EngineRunner } from '../engine/engine.ts';
import { parseLine } from '../engine/stream.ts';
import type { Clock } from '../kit/clock.ts';
import type { Store } from '../store/store.ts';
import { blotOut } from '../kit/blot.ts';
import { isAbandoned } from '../workspace/repair.ts';
import { secretsOf } from '../workspace/secrets.ts';

const LOOK_AGAIN_MS = 200;

/** One engine event as a line for people; undefined for what nobody reads. */
export function describeEvent(event: EngineEvent): string | undefined {
  switch (event.type) {
    case 'planned_change':
      return `${event.change.address}: plan to ${event.change.action}${event.change.reason === undefined ? '' : ` (${event.change.reason})`}`;
    case 'apply_start':
      return `${event.address}: ${event.action} started`;
    case 'apply_complete':
      return `${event.address}: ${event.action} complete after ${String(event.elapsedSeconds ?? 0)}s`;
    case 'apply_errored':
      return `${event.address}: ${event.action} failed`;
    case 'diagnostic': {
      const { severity, summary, detail, address } = event.diagnostic;
      return [`${severity}: ${address === undefined ? '' : `${address}: `}${summary}`, detail]
        .filter((text) => text !== '')
        .join(': ');
    }
    case 'change_summary':
      return `${event.operation}: ${String(event.add)} to add, ${String(event.change)} to change, ${String(event.remove)} to destroy`;
    case 'log':
      return event.message;
    case 'resource_drift':
    case 'apply_progress':
    case 'outputs':
      return undefined;
  }
}

type LogDeps = { readonly store: Store; readonly clock: Clock; readonly runner: Pick<EngineRunner, 'isRunAlive'> };

/**
 * Prints the engine's words of one build, run by run; with `follow` until the build is no longer live, or nobody works on it any more: what its
 * engine did is then taken in by the next pass.
 */
export async function printBuildLog(
  { store, clock, runner }: LogDeps,
  build: Build,
  options: { follow: boolean; onLine: (line: string) => void; signal?: AbortSignal | undefined },
): Promise<void> {
  const tails = new Map<string, Tail>();
  const secrets = await secretsOf(store, await store.getVersion(build.versionId));
  const onLine = (line: string): void => {
    options.onLine(blotOut(line, secrets));
  };
  try {
    for (;;) {
      const now = await store.getBuild(build.id);
      const runs = (await store.listRuns(build.id)).filter(isTold);
      const left = isLeft(now, runs, runner);
      for (const run of runs) printRun(run, tails, onLine);
      if (left) onLine('--- nobody works on this build any more; prebuilds reconcile goes on with it ---');
      if (left || now.endedAt !== undefined || !options.follow || options.signal?.aborted === true) return;
      await clock.sleep(LOOK_AGAIN_MS, options.signal);
    }
  } finally {
    for (const { file } of tails.values()) if (file !== undefined) closeSync(file);
  }
}

/** Its process is gone and so is its engine. One that has not begun waits for somebody to begin it. */
const isLeft = (build: Build, runs: readonly Run[], runner: LogDeps['runner']): boolean =>
  build.endedAt === undefined && runs.length > 0 && isAbandoned(build) && !runs.some(({ folder }) => runner.isRunAlive(folder));

/** A plan after an apply that succeeded only says why something was rebuilt. */
const isTold = (run: Run, at: number, all: readonly Run[]): boolean =>
  run.kind !== 'plan' || !all.slice(0, at).some(({ kind, exitCode }) => kind === 'apply' && exitCode === 0);

/** How far a run's output was printed. Its file stays open: that of a deleted workspace goes before everybody has read it. */
interface Tail {
  file: number | undefined;
  offset: number;
  rest: string;
}

function printRun(run: Run, tails: Map<string, Tail>, onLine: (line: string) => void): void {
  const tail = tails.get(run.id) ?? { file: undefined, offset: 0, rest: '' };
  if (!tails.has(run.id)) onLine(`--- ${run.kind} ---`);
  tails.set(run.id, tail);
  tail.file ??= opened(join(run.folder, 'stdout'));
  const text = tail.rest + (tail.file === undefined ? '' : readFrom(tail.file, tail));
  const lines = text.split('\n');
  tail.rest = lines.pop() ?? '';
  for (const line of lines) {
    const event = parseLine(line);
    const words = event === undefined ? undefined : describeEvent(event);
    if (words !== undefined) onLine(words);
  }
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

function readFrom(file: number, tail: Tail): string {
  const chunks: Buffer[] = [];
  for (;;) {
    const buffer = Buffer.alloc(65_536);
    const size = readSync(file, buffer, 0, buffer.length, tail.offset);
    if (size === 0) return Buffer.concat(chunks).toString('utf8');
    tail.offset += size;
    chunks.push(buffer.subarray(0, size));
  }
}
