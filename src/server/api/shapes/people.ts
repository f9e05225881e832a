import { z } from 'zod';
import { workspace } from './workspaces.ts';
import { at, count, list, maybeAt, shape } from './words.ts';

export const person = shape('Person', {
  id: z.string(),
  username: z.string(),
  fullName: z.string(),
  email: z.string(),
  isSystem: z.boolean(),
});

export const group = shape('Group', {
  id: z.string(),
  organization: z.string(),
  name: z.string(),
  quotaAllowance: count,
  isEveryone: z.boolean(),
  members: list(z.string()),
});

const organization = shape('Organization', { id: z.string(), name: z.string() });

export { organization };

export const quotaView = shape('QuotaView', {
  user: z.string(),
  organization: z.string(),
  groups: list(z.string()),
  budget: z.number().optional(),
  consumed: z.number(),
  held: z.number(),
  workspaces: list(z.object({ name: z.string(), charged: z.number(), held: z.number() }).readonly()),
});

export const userRow = shape('UserRow', { person, groups: list(z.string()) });
export const userDetail = shape('UserDetail', { person, quotas: list(quotaView), workspaces: list(workspace) });
export const organizationRow = shape('OrganizationRow', { organization, templates: count, groups: count });

export const role = z.enum(['admin', 'member', 'agent-read']);

export const token = shape('Token', {
  id: z.string(),
  name: z.string(),
  person: z.object({ id: z.string(), username: z.string() }).readonly(),
  role,
  createdAt: at,
  createdBy: z.string(),
  expiresAt: maybeAt,
  lastUsedAt: maybeAt,
  revokedAt: maybeAt,
  state: z.enum(['valid', 'expired', 'revoked']),
});

export const newToken = shape('NewToken', { token, text: z.string().meta({ description: 'the token itself; shown this once' }) });
