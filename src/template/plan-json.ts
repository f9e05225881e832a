import { z } from 'zod';
import { EngineError } from '../kit/errors.ts';

/** The parts of `show -json PLAN` that push reads (format 1.x of terraform and tofu); everything else is left alone. */
const resource = z.object({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  name: z.string(),
  values: z.record(z.string(), z.unknown()).default({}),
  sensitive_values: z.unknown().optional(),
});
export type PlanResource = z.infer<typeof resource>;

export interface PlanModule {
  readonly resources: readonly PlanResource[];
  readonly child_modules: readonly PlanModule[];
}
const stateModule: z.ZodType<PlanModule> = z.lazy(() =>
  z.object({ resources: z.array(resource).default([]), child_modules: z.array(stateModule).default([]) }),
);

const configResource = z.object({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  expressions: z.record(z.string(), z.unknown()).default({}),
  count_expression: z.unknown().optional(),
  for_each_expression: z.unknown().optional(),
});
export type ConfigResource = z.infer<typeof configResource>;

export interface ConfigModule {
  readonly resources: readonly ConfigResource[];
  readonly module_calls: Readonly<Record<string, { readonly module?: ConfigModule | undefined }>>;
}
const configModule: z.ZodType<ConfigModule> = z.lazy(() =>
  z.object({
    resources: z.array(configResource).default([]),
    module_calls: z.record(z.string(), z.object({ module: configModule.optional() })).default({}),
  }),
);

const providerConfig = z.object({
  full_name: z.string(),
  alias: z.string().optional(),
  module_address: z.string().optional(),
});
export type ProviderConfig = z.infer<typeof providerConfig>;

const change = z.object({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  change: z.object({ after: z.unknown().optional(), after_unknown: z.unknown().optional() }),
});

const values = z.object({ root_module: stateModule.optional() }).optional();
const planSchema = z.object({
  format_version: z.string().regex(/^[01]\./),
  prior_state: z.object({ values }).optional(),
  planned_values: values,
  resource_changes: z.array(change).default([]),
  configuration: z.object({
    provider_config: z.record(z.string(), providerConfig).default({}),
    root_module: configModule.optional(),
  }),
});
export type PlanJson = z.infer<typeof planSchema>;

/** Checks the shape of `show -json PLAN`; EngineError `plan_json` when the engine speaks another format. */
export function parsePlanJson(json: unknown): PlanJson {
  const parsed = planSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the plan' : issue.path.map(String).join('.');
  throw new EngineError('plan_json', `the engine's plan cannot be read: ${where}: ${issue?.message ?? 'unexpected shape'}`, {
    hint: 'use a supported version of terraform or tofu; see prebuilds doctor',
  });
}

/** All resources of a module and the modules below it. */
export function allResources(module: PlanModule | undefined): readonly PlanResource[] {
  if (module === undefined) return [];
  return [...module.resources, ...module.child_modules.flatMap(allResources)];
}

/** All configured resources with whether they are in the template itself or in a module. */
export function allConfigured(
  module: ConfigModule | undefined,
  inRoot = true,
): readonly (ConfigResource & { readonly inRoot: boolean })[] {
  if (module === undefined) return [];
  return [
    ...module.resources.map((item) => ({ ...item, inRoot })),
    ...Object.values(module.module_calls).flatMap((call) => allConfigured(call.module, false)),
  ];
}
