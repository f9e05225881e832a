import * as z from 'zod/mini';
import { StoreError } from '../kit/errors.ts';

const text = z.string();

const options = z.array(z.object({ name: text, value: text }));
const validations = z.array(
  z.object({
    regex: z.optional(text),
    error: z.optional(text),
    min: z.optional(z.number()),
    max: z.optional(z.number()),
    monotonic: z.optional(z.enum(['increasing', 'decreasing'])),
  }),
);
const parameter = z.object({
  name: text,
  displayName: text,
  description: text,
  type: z.enum(['string', 'number', 'bool', 'list(string)']),
  mutable: z.boolean(),
  ephemeral: z.boolean(),
  // JSON leaves out what is undefined, and the type has the key.
  defaultValue: z.pipe(
    z.optional(text),
    z.transform((value) => value),
  ),
  options,
  validations,
});

/** Shapes of the JSON columns, checked on read (SM section 5). */
export const shapes = {
  values: z.record(text, text),
  numbers: z.record(text, z.number()),
  data: z.record(text, z.unknown()),
  options,
  validations,
  schedules: z.array(z.object({ cron: text, instances: z.number() })),
  changes: z.array(
    z.object({
      address: text,
      type: text,
      action: z.enum(['create', 'read', 'update', 'replace', 'delete', 'move', 'import', 'forget']),
      reason: z.optional(text),
      paths: z.optional(z.array(text)),
    }),
  ),
  sweep: z.array(
    z.object({
      verdict: z.enum(['leaked', 'missing', 'foreign']),
      kind: z.enum(['container', 'volume', 'folder', 'process', 'object']),
      id: text,
      type: text,
      name: z.optional(text),
      workspaceId: z.optional(text),
      workspace: z.optional(text),
      reason: text,
      removable: z.boolean(),
    }),
  ),
  scripts: z.array(z.object({ id: text, exit: z.union([z.number(), z.literal('timeout')]), seconds: z.number() })),
  facts: z.object({
    singleProviders: z.array(text),
    agents: z.array(z.object({ address: text, os: text, arch: text, auth: text })),
    notServed: z.array(text),
    loader: z.number(),
    accessUrl: text,
    credentialNames: z.array(text),
    warnings: z.array(text),
    dataSources: z.optional(z.array(text)),
    ownerParameters: z.optional(z.array(text)),
    conditional: z.optional(
      z.object({
        targets: z.array(text),
        leading: z.array(text),
        values: z.record(text, text),
        presets: z.record(text, z.array(parameter)),
      }),
    ),
  }),
} as const;

/** Reads a JSON column. Throws StoreError store_corrupt when it is not what this tool writes. */
export function readJson<T>(shape: z.ZodMiniType<T>, column: string, stored: string): T {
  let value: unknown;
  try {
    value = JSON.parse(stored);
  } catch (cause) {
    throw unreadable(column, cause);
  }
  const checked = shape.safeParse(value);
  if (!checked.success) throw unreadable(column, checked.error);
  return checked.data;
}

const unreadable = (column: string, cause: unknown): StoreError =>
  new StoreError('store_corrupt', `the store holds unreadable data in ${column}`, { hint: 'restore it from a backup', cause });

/** JSON with sorted keys: equal records give equal text. */
export function canonical(values: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))));
}
