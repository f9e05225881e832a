import { z } from 'zod';
import { at, count, list, maybeAt, maybeText, ms, shape, values } from './words.ts';

export const template = shape('Template', {
  id: z.string(),
  organizationId: z.string(),
  organization: z.string(),
  name: z.string(),
  deprecatedAt: maybeAt,
  deletingAt: maybeAt,
  deletedAt: maybeAt,
  activeVersionId: maybeText,
});

const validation = z
  .object({
    regex: maybeText,
    error: maybeText,
    min: z.number().optional(),
    max: z.number().optional(),
    monotonic: z.enum(['increasing', 'decreasing']).optional(),
  })
  .readonly();

export const parameter = shape('Parameter', {
  name: z.string(),
  displayName: z.string(),
  description: z.string(),
  type: z.enum(['string', 'number', 'bool', 'list(string)']),
  mutable: z.boolean(),
  ephemeral: z.boolean(),
  defaultValue: maybeText,
  options: list(z.object({ name: z.string(), value: z.string() }).readonly()),
  validations: list(validation),
});

const facts = shape('VersionFacts', {
  singleProviders: list(z.string()),
  agents: list(z.object({ address: z.string(), os: z.string(), arch: z.string(), auth: z.string() }).readonly()),
  notServed: list(z.string()),
  loader: count,
  accessUrl: z.string(),
  credentialNames: list(z.string()),
  warnings: list(z.string()),
  dataSources: list(z.string()).optional(),
  ownerParameters: list(z.string()).optional(),
  conditional: z
    .object({
      targets: list(z.string()),
      leading: list(z.string()),
      values,
      presets: z.record(z.string(), list(parameter)).readonly(),
    })
    .readonly()
    .optional(),
});

export const version = shape('Version', {
  id: z.string(),
  templateId: z.string(),
  number: count,
  state: z.enum(['imported', 'active', 'inactive', 'gone']),
  fingerprint: z.string(),
  contentHash: z.string(),
  folder: z.string(),
  enginePath: z.string(),
  engineKind: z.enum(['terraform', 'tofu']),
  engineVersion: z.string(),
  lockHash: z.string(),
  message: z.string(),
  pushedBy: z.string(),
  pushedAt: at,
  facts,
});

export const preset = shape('Preset', {
  id: z.string(),
  versionId: z.string(),
  name: z.string(),
  isDefault: z.boolean(),
  parameters: values,
  instances: count,
  hasPrebuilds: z.boolean(),
  ttlMs: ms.optional(),
  timezone: maybeText,
  schedules: list(z.object({ cron: z.string(), instances: count }).readonly()),
  identity: z.string(),
});

export const nextChange = z.object({ at, instances: count }).readonly();

export const presetView = shape('PresetView', {
  organization: z.string(),
  template: z.string(),
  preset,
  desired: count,
  ready: count,
  nextChange: nextChange.optional(),
});

export const templateRow = shape('TemplateRow', { template, active: version.optional(), workspaces: count, prebuilds: count });

export const templateDetail = shape('TemplateDetail', { template, version, parameters: list(parameter), presets: list(preset) });

export const pushReport = shape('PushReport', {
  template,
  version,
  unchanged: z.boolean(),
  presets: list(preset),
  warnings: list(z.string()),
  next: z.string(),
});
