import { z } from 'zod';
import { parseDuration } from '../kit/duration.ts';

/** `10m`, `1h30m` or a number of seconds; read into milliseconds. */
const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  const ms = parseDuration(String(value));
  if (ms !== undefined && ms > 0) return ms;
  context.addIssue({ code: 'custom', message: `"${String(value)}" is not a duration like 90s, 10m or 2h` });
  return z.NEVER;
});

/** A command as a list of words. A plain string is split at spaces; quotes would need a shell, so they need the list form. */
const argv = z.union([z.array(z.string()).min(1), z.string().min(1)]).transform((value, context) => {
  if (typeof value !== 'string') return value;
  if (!/["'`\\$|;&<>]/.test(value)) return value.trim().split(/\s+/);
  context.addIssue({ code: 'custom', message: 'a command with quotes or shell signs must be a list: ["sh", "-c", "..."]' });
  return z.NEVER;
});

const probe = z
  .strictObject({
    command: argv.optional(),
    tcp: z
      .string()
      .regex(/^[^\s/]+:\d{1,5}$/, 'must be HOST:PORT')
      .optional(),
    http: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
    timeout: duration.optional(),
    interval: duration.optional(),
    deadline: duration.optional(),
  })
  .refine((value) => [value.command, value.tcp, value.http].filter((one) => one !== undefined).length === 1, {
    message: 'needs exactly one of command, tcp and http',
  });

const policy = {
  readiness: z.enum(['auto', 'probe', 'provisioned']).optional(),
  probe: probe.optional(),
  health_interval: duration.optional(),
  on_replace: z.enum(['allow', 'refuse']).optional(),
  failures: z.strictObject({ limit: z.int().min(1).optional() }).optional(),
  backoff: z
    .strictObject({ base: duration.optional(), factor: z.number().min(1).optional(), cap: duration.optional() })
    .optional(),
  connect: argv.optional(),
};

const preset = z.strictObject(policy);
const template = z.strictObject({ ...policy, presets: z.record(z.string(), preset).optional() });

/** The whole file (spec 3). Every level is strict: an unknown key is an error. */
export const configSchema = z.strictObject({
  ...policy,
  engine: z.string().min(1).optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a variable name'), z.coerce.string()).optional(),
  env_file: z.string().min(1).optional(),
  jobs: z.int().min(1).max(1000).optional(),
  access_url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  provider_session: z.boolean().optional(),
  templates: z.record(z.string(), template).optional(),
});

export type ConfigFile = z.infer<typeof configSchema>;
export type PolicyFile = z.infer<typeof preset>;

/** Keys of the specification that no command acts on yet: refused, since a setting without effect would be believed. */
export const NOT_YET: ReadonlySet<string> = new Set([
  ...['reserve', 'agent_listen', 'listen', 'store', 'hooks', 'surge', 'rollout', 'keep', 'keep_for'],
  ...['claim_ttl', 'claim_ttl_max', 'sweep', 'max_size'],
]);

/** Names that may stand at a path of the file; empty where anything may. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = configSchema;
  for (const step of path) {
    schema = bare(schema);
    if (schema instanceof z.ZodObject) schema = (schema.shape as Record<string, unknown>)[String(step)];
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
    else return [];
  }
  schema = bare(schema);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

const bare = (schema: unknown): unknown => (schema instanceof z.ZodOptional ? bare(schema.unwrap()) : schema);
