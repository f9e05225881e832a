import { z } from 'zod';
import { HOOKS } from '../../../domain/hooks.ts';
import { person, role } from './people.ts';
import { at, count, list, maybeAt, maybeText, ms, shape } from './words.ts';

export const me = shape('Me', { person, role: role, version: z.string() });

export const answer = shape('Answer', {
  kind: z.enum(['pool', 'workspace', 'claim']),
  name: z.string(),
  code: z.string(),
  text: z.string(),
  next: maybeText,
  untilAt: maybeAt,
});

export const notification = shape('Notification', {
  id: z.string(),
  hook: z.enum(HOOKS),
  receiver: maybeText,
  eventSeq: count,
  state: z.enum(['waiting', 'given_up']),
  attempts: count,
  nextTryAt: maybeAt,
  lastError: maybeText,
  createdAt: at,
});

export const delivered = shape('Delivered', { delivered: count, waiting: count, givenUp: count });
export const hookAttempt = shape('HookAttempt', { receiver: z.string(), id: z.string(), error: maybeText, ms });

const finding = {
  verdict: z.enum(['leaked', 'missing', 'foreign']),
  kind: z.enum(['container', 'volume', 'folder', 'process', 'object']),
  id: z.string(),
  type: z.string(),
  name: maybeText,
  workspaceId: maybeText,
  workspace: maybeText,
  reason: z.string(),
  removable: z.boolean(),
};

export const sweepView = shape('SweepView', {
  source: z.string(),
  at,
  objects: count,
  findings: list(z.object({ ...finding, remedy: maybeText }).readonly()),
  error: maybeText,
});

export const sweepReport = shape('SweepReport', {
  results: list(sweepView),
  removed: list(z.object(finding).readonly()),
  resolved: list(z.string()),
});

export const suspectView = shape('SuspectView', {
  address: z.string(),
  type: z.string(),
  workspaceId: z.string(),
  workspace: z.string(),
  at,
  remedy: z.string(),
});

export const collected = shape('Collected', {
  versions: list(z.object({ template: z.string(), version: count }).readonly()),
  rows: z.record(z.string(), count).readonly(),
  runs: count,
  folders: count,
});

export const doctorFinding = shape('DoctorFinding', {
  level: z.enum(['ok', 'warning', 'problem', 'repaired']),
  topic: z.string(),
  message: z.string(),
  remedy: maybeText,
  repairable: z.boolean().optional(),
});

const sample = z
  .object({
    suffix: z.enum(['', '_bucket', '_sum', '_count']),
    labels: z.record(z.string(), z.string()).readonly(),
    value: z.number(),
  })
  .readonly();

export const metrics = shape('Metrics', {
  text: z.string(),
  families: list(
    z
      .object({
        name: z.string(),
        type: z.enum(['counter', 'gauge', 'histogram']),
        help: z.string(),
        samples: list(sample),
      })
      .readonly(),
  ),
});
