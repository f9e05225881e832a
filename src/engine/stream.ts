import { closeSync, openSync, readSync } from 'node:fs';
import type { PlannedChange } from '../domain/types.ts';
import type { Diagnostic, EngineEvent } from './engine.ts';

type Json = Readonly<Record<string, unknown>>;

/** One line of the `-json` output as an event; undefined for lines of no interest, of an unknown kind, or that are not JSON. */
export function parseLine(line: string): EngineEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const message = asObject(value);
  return message === undefined ? undefined : toEvent(message);
}

/** All events of a complete output; a torn last line is ignored. */
export function parseStream(text: string): readonly EngineEvent[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

function toEvent(message: Json): EngineEvent | undefined {
  const type: unknown = message['type'];
  switch (type) {
    case 'planned_change':
    case 'resource_drift':
      return changeEvent(type, asObject(message['change']));
    case 'apply_start':
    case 'apply_complete':
    case 'apply_errored':
    case 'apply_progress':
      return hookEvent(type, asObject(message['hook']));
    case 'diagnostic':
      return diagnosticEvent(asObject(message['diagnostic']));
    case 'change_summary':
      return summaryEvent(asObject(message['changes']));
    case 'outputs':
      return { type: 'outputs' };
    case 'log':
      return { type: 'log', message: (asString(message['@message']) ?? '').trim() };
    default:
      return undefined;
  }
}

const ACTIONS: Readonly<Record<string, PlannedChange['action']>> = {
  create: 'create',
  read: 'read',
  update: 'update',
  replace: 'replace',
  delete: 'delete',
  move: 'move',
  import: 'import',
  remove: 'forget',
  forget: 'forget',
};

function changeEvent(type: 'planned_change' | 'resource_drift', change: Json | undefined): EngineEvent | undefined {
  const resource = asObject(change?.['resource']);
  const address = asString(resource?.['addr']);
  const action = ACTIONS[asString(change?.['action']) ?? ''];
  if (address === undefined || action === undefined) return undefined;
  const reason = asString(change?.['reason']);
  const planned = { address, type: asString(resource?.['resource_type']) ?? '', action };
  return { type, change: reason === undefined ? planned : { ...planned, reason } };
}

function hookEvent(
  type: 'apply_start' | 'apply_complete' | 'apply_errored' | 'apply_progress',
  hook: Json | undefined,
): EngineEvent | undefined {
  const resource = asObject(hook?.['resource']);
  const address = asString(resource?.['addr']);
  // Reading a data source is reported like an apply, in plans too; but it makes nothing, and whoever asks whether something was started must not be misled.
  if (address === undefined || hook?.['action'] === 'read') return undefined;
  const elapsedSeconds = asNumber(hook?.['elapsed_seconds']);
  if (type === 'apply_progress') return { type, address, elapsedSeconds: elapsedSeconds ?? 0 };
  const event = { type, address, resourceType: textOf(resource, 'resource_type'), action: textOf(hook, 'action') };
  return {
    ...event,
    ...(elapsedSeconds === undefined ? {} : { elapsedSeconds }),
    ...(type === 'apply_complete' ? madeId(hook) : {}),
  };
}

function madeId(hook: Json | undefined): { readonly id?: string } {
  const id = hook?.['id_key'] === 'id' ? asString(hook['id_value']) : undefined;
  return id === undefined ? {} : { id };
}

function diagnosticEvent(found: Json | undefined): EngineEvent | undefined {
  if (found === undefined) return undefined;
  const range = asObject(found['range']);
  const start = asObject(range?.['start']);
  const diagnostic: Diagnostic = {
    severity: found['severity'] === 'warning' ? 'warning' : 'error',
    summary: asString(found['summary']) ?? '',
    detail: asString(found['detail']) ?? '',
    address: asString(found['address']),
    file: asString(range?.['filename']),
    line: asNumber(start?.['line']),
    column: asNumber(start?.['column']),
  };
  return { type: 'diagnostic', diagnostic };
}

function summaryEvent(changes: Json | undefined): EngineEvent | undefined {
  if (changes === undefined) return undefined;
  return {
    type: 'change_summary',
    add: asNumber(changes['add']) ?? 0,
    change: asNumber(changes['change']) ?? 0,
    remove: asNumber(changes['remove']) ?? 0,
    operation: asString(changes['operation']) ?? '',
  };
}

/** Cuts a growing text into lines; what comes after the last newline waits for more. */
export class LineSplitter {
  private rest: Buffer = Buffer.alloc(0);

  /** Complete lines that `chunk` finishes. Works on bytes, so a character cut in two is no problem. */
  push(chunk: Uint8Array): readonly string[] {
    const data = this.rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.rest, chunk]);
    const end = data.lastIndexOf(0x0a);
    this.rest = data.subarray(end + 1);
    return end < 0 ? [] : data.subarray(0, end).toString('utf8').split('\n');
  }

  /** What is left when nothing more will come: a last line without newline, or the torn end of one. */
  flush(): readonly string[] {
    const line = this.rest.toString('utf8');
    this.rest = Buffer.alloc(0);
    return line === '' ? [] : [line];
  }
}

/** Follows a file that an engine writes: each `read` returns the events that came since the last one. */
export class EventTail {
  private readonly splitter = new LineSplitter();
  private readonly buffer = Buffer.alloc(64 * 1024);
  private readonly path: string;
  private fd: number | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** New events; none while the file does not exist. `final` also takes a last line that has no newline. */
  read(final = false): readonly EngineEvent[] {
    const lines: string[] = [];
    for (let size = this.readChunk(); size > 0; size = this.readChunk())
      lines.push(...this.splitter.push(this.buffer.subarray(0, size)));
    if (final) lines.push(...this.splitter.flush());
    return lines.flatMap((line) => parseLine(line) ?? []);
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  private readChunk(): number {
    try {
      this.fd ??= openSync(this.path, 'r');
    } catch {
      return 0;
    }
    return readSync(this.fd, this.buffer, 0, this.buffer.length, null);
  }
}

function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

const textOf = (value: Json | undefined, name: string): string => asString(value?.[name]) ?? '';
const asString = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const asNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
