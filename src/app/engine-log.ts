import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Build, Run } from '../domain/types.ts';
import type { EngineEvent } from '../engine/engine.ts';
import { parseLine } from '../engine/stream.ts';
import type { Clock } from '../kit/clock.ts';
import type { Store } from '../store/store.ts';
import { blotOut } from '../kit/blot.ts';
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

/** Prints the engine's words of one build, run by run; with `follow` until the build is no longer live. */
export async function printBuildLog(
  store: Store,
  clock: Clock,
  build: Build,
  options: { follow: boolean; onLine: (line: string) => void; signal?: AbortSignal | undefined },
): Promise<void> {
  const offsets = new Map<string, Tail>();
  const secrets = await secretsOf(store, await store.getVersion(build.versionId));
  const onLine = (line: string): void => {
    options.onLine(blotOut(line, secrets));
  };
  for (;;) {
    const now = await store.getBuild(build.id);
    const live = now.endedAt === undefined;
    for (const run of await store.listRuns(build.id)) printRun(run, offsets, onLine);
    if (!live || !options.follow || options.signal?.aborted === true) return;
    await clock.sleep(LOOK_AGAIN_MS, options.signal);
  }
}

interface Tail {
  offset: number;
  rest: string;
}

function printRun(run: Run, offsets: Map<string, Tail>, onLine: (line: string) => void): void {
  const tail = offsets.get(run.id) ?? { offset: 0, rest: '' };
  if (!offsets.has(run.id)) onLine(`--- ${run.kind} ---`);
  offsets.set(run.id, tail);
  const text = tail.rest + readFrom(join(run.folder, 'stdout'), tail);
  const lines = text.split('\n');
  tail.rest = lines.pop() ?? '';
  for (const line of lines) {
    const event = parseLine(line);
    const words = event === undefined ? undefined : describeEvent(event);
    if (words !== undefined) onLine(words);
  }
}

function readFrom(path: string, tail: Tail): string {
  try {
    const file = openSync(path, 'r');
    try {
      const chunks: Buffer[] = [];
      for (;;) {
        const buffer = Buffer.alloc(65_536);
        const size = readSync(file, buffer, 0, buffer.length, tail.offset);
        if (size === 0) return Buffer.concat(chunks).toString('utf8');
        tail.offset += size;
        chunks.push(buffer.subarray(0, size));
      }
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}
