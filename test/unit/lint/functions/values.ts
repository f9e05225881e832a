import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callFunction } from '../../../../src/lint/functions/index.ts';
import { EvaluationError, list, NULL, number, object, set, string, unknown, type Value } from '../../../../src/lint/value.ts';
import { sha256 } from '../../../../src/kit/ids.ts';
import type { FileContent } from '../../../../src/template/syntax/configuration.ts';

export type FileTable = Readonly<Record<string, { readonly text: string } | { readonly base64: string }>>;

export interface Recorded {
  readonly engine: string;
  readonly files: FileTable;
  readonly calls: readonly {
    readonly name: string;
    readonly args: readonly unknown[];
    readonly value?: unknown;
    readonly error?: true;
  }[];
}

/** What an engine answered (test/lint-truth/record-functions.mjs). */
export const recorded = (engine: 'terraform' | 'tofu'): Recorded =>
  JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../../fixtures/lint/functions', `${engine}.json`), 'utf8'),
  ) as Recorded;

/** Files in memory, by their path relative to the template folder. */
export function filesOf(files: FileTable): FileContent {
  const found = (path: string) => files[path.replace(/^\.\//, '')];
  return {
    text: (path) => {
      const file = found(path);
      return file !== undefined && 'text' in file ? file.text : undefined;
    },
    digest: (path) => {
      const file = found(path);
      return file && sha256('text' in file ? file.text : Buffer.from(file.base64, 'base64'));
    },
    template: () => undefined,
  };
}

interface Marker {
  readonly $: 'unknown' | 'null' | 'set' | 'map';
  readonly items?: readonly unknown[];
  readonly entries?: Readonly<Record<string, unknown>>;
}

/** A value as JSON; markers stand for what JSON does not have (test/lint-truth/function-cases.mjs). */
export function fromJson(json: unknown): Value {
  if (json === null) return NULL;
  if (typeof json === 'boolean') return { kind: 'bool', value: json };
  if (typeof json === 'number') return number(json);
  if (typeof json === 'string') return string(json);
  if (Array.isArray(json)) return list(json.map(fromJson));
  if (typeof json === 'object' && '$' in json) return fromMarker(json as Marker);
  return object(Object.entries(json as object).map(([name, entry]) => [name, fromJson(entry)] as const));
}

function fromMarker({ $, items = [], entries = {} }: Marker): Value {
  switch ($) {
    case 'unknown':
      return unknown();
    case 'null':
      return NULL;
    case 'set':
      return set(items.map(fromJson));
    case 'map':
      return fromJson(entries);
  }
}

/** The value as JSON, with `{$: 'unknown'}` and `{$: 'opaque', key}`. */
export function toJson(value: Value): unknown {
  switch (value.kind) {
    case 'null':
      return null;
    case 'bool':
    case 'number':
    case 'string':
      return value.value;
    case 'list':
      return value.items.map(toJson);
    case 'object':
      return Object.fromEntries([...value.entries].map(([name, entry]) => [name, toJson(entry)]));
    case 'unknown':
      return { $: 'unknown' };
    case 'opaque':
      return { $: 'opaque', key: value.key };
  }
}

/** What a call gives: its value as JSON, or the error. */
export function answer(name: string, args: readonly Value[], files: FileTable = {}, second = true): unknown {
  try {
    return { value: toJson(callFunction(name, args, { content: filesOf(files), moduleDir: '', second })) };
  } catch (error) {
    if (error instanceof EvaluationError) return { error: true };
    throw error;
  }
}
