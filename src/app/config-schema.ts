import { z } from 'zod';
import { durationProblem, parseDuration } from '../kit/duration.ts';
import { ADDRESS } from './listen.ts';

/** `10m` or `1h30m`; read into milliseconds. YAML takes a bare number for a number, which is refused with the right words. */
const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  const ms = parseDuration(String(value));
  if (ms !== undefined && ms > 0) return ms;
  context.addIssue({ code: 'custom', message: durationProblem(String(value)) });
  return z.NEVER;
});

/** A time limit of something that people or passes wait for. */
const limit = duration.refine((ms) => ms <= 86_400_000, 'must be at most 1d');

const address = z.string().regex(ADDRESS, 'must be HOST:PORT');

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
    timeout: limit.optional(),
    interval: duration.optional(),
    deadline: duration.optional(),
  })
  .refine((value) => [value.command, value.tcp, value.http].filter((one) => one !== undefined).length === 1, {
    message: 'needs exactly one of command, tcp and http',
  });

const secretName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a variable name');

const hook = z
  .strictObject({
    command: argv.optional(),
    webhook: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .refine((url) => !/^https?:\/\/[^/?#]*@/i.test(url), 'must have no user and password: a webhook is signed instead')
      .optional(),
    secret_env: secretName.optional(),
    secret_file: z.string().min(1).optional(),
    timeout: limit.optional(),
    retries: z.int().min(0).optional(),
    templates: z.array(z.string().min(1)).min(1).optional(),
  })
  .refine((value) => (value.command === undefined) !== (value.webhook === undefined), {
    message: 'needs exactly one of command and webhook',
  })
  .refine((value) => value.webhook === undefined || (value.secret_env === undefined) !== (value.secret_file === undefined), {
    message: 'a webhook is signed: it needs exactly one of secret_env and secret_file',
  })
  .refine((value) => value.command === undefined || (value.secret_env ?? value.secret_file) === undefined, {
    message: 'secret_env and secret_file are for webhooks',
  });
const hooks = z.preprocess((value) => (Array.isArray(value) ? (value as unknown) : [value]), z.array(hook));

const sweep = z
  .strictObject({
    docker: z
      .union([
        z.boolean(),
        z.strictObject({
          host: z
            .string()
            .regex(/^(unix:\/\/\/|tcp:\/\/)/, 'must be unix:///PATH or tcp://HOST:PORT')
            .optional(),
          label: z.string().min(1).optional(),
        }),
      ])
      .optional(),
    process: z.strictObject({ folder: z.string().regex(/^\/./, 'must be an absolute path') }).optional(),
    command: argv.optional(),
    interval: duration.optional(),
    timeout: limit.optional(),
  })
  .refine(({ docker, process, command }) => [docker, process, command].some((one) => one !== undefined), {
    message: 'needs docker, process or command',
  });

const policy = {
  readiness: z.enum(['auto', 'agent', 'probe', 'provisioned']).optional(),
  probe: probe.optional(),
  agent_timeout: duration.optional(),
  health_interval: duration.optional(),
  on_replace: z.enum(['allow', 'refuse']).optional(),
  rehearsal: z.boolean().optional(),
  health_failures: z.int().min(1).optional(),
  claim_ttl: duration.optional(),
  claim_ttl_max: duration.optional(),
  max_size: z.int().min(0).optional(),
  surge: z.int().min(0).optional(),
  rollout: z.enum(['recreate', 'rolling']).optional(),
  start_rate: z.int().min(1).optional(),
  ready_by: z.boolean().optional(),
  failures: z
    .strictObject({
      limit: z.int().min(1).optional(),
      keep: z.int().min(0).optional(),
      keep_for: duration.optional(),
    })
    .optional(),
  backoff: z
    .strictObject({ base: duration.optional(), factor: z.number().min(1).optional(), cap: duration.optional() })
    .optional(),
  connect: argv.optional(),
};

const preset = z.strictObject(policy);
const template = z.strictObject({ ...policy, sweep: sweep.optional(), presets: z.record(z.string(), preset).optional() });

/** The whole file (spec 3). Every level is strict: an unknown key is an error. */
export const configSchema = z.strictObject({
  ...policy,
  engine: z.string().min(1).optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a variable name'), z.coerce.string()).optional(),
  env_file: z.string().min(1).optional(),
  jobs: z.int().min(1).max(1000).optional(),
  reserve: z.int().min(0).max(1000).optional(),
  access_url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  agent_listen: z
    .union([z.literal(false), z.string().regex(new RegExp(`^off$|${ADDRESS.source}`), 'must be HOST:PORT, or off')])
    .optional(),
  listen: address.optional(),
  allowed_hosts: z.array(z.string().regex(/^[^\s/:@[\]]+$/, 'must be a name without a port')).optional(),
  provider_session: z.boolean().optional(),
  hooks: z
    .strictObject({
      on_ready: hooks.optional(),
      on_claim: hooks.optional(),
      on_release: hooks.optional(),
      on_replace: hooks.optional(),
      on_limit: hooks.optional(),
      on_expiring: hooks.optional(),
    })
    .optional(),
  sweep: sweep.optional(),
  retention: z
    .strictObject({
      versions: z.int().min(0).optional(),
      deleted: duration.optional(),
      events: duration.optional(),
      runs: z.int().min(1).optional(),
    })
    .optional(),
  templates: z.record(z.string(), template).optional(),
});

export type ConfigFile = z.infer<typeof configSchema>;
export type HookFile = z.infer<typeof hook>;
export type SweepFile = z.infer<typeof sweep>;
export type PolicyFile = z.infer<typeof preset>;

/** Keys of the specification that no command acts on yet: refused, since a setting without effect would be believed. */
export const NOT_YET: ReadonlySet<string> = new Set(['store']);

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
