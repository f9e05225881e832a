import type { Kysely } from 'kysely';
import type { Schema } from '../../schema.ts';
import type { QuotaUse } from '../../quota-store.ts';
import { budget, chargesOf } from './facts.ts';

/** Budget and charges of one person in one organisation, by workspace. */
export async function quotaOf(db: Kysely<Schema>, personId: string, organizationId: string): Promise<QuotaUse> {
  const workspaces = new Map<string, { workspaceId: string; name: string; charged: number; held: number }>();
  for (const row of await chargesOf(db, personId, organizationId)) {
    const item = workspaces.get(row.workspace_id) ?? { workspaceId: row.workspace_id, name: row.name, charged: 0, held: 0 };
    item[row.kind] += row.daily_cost;
    workspaces.set(row.workspace_id, item);
  }
  return { budget: await budget(db, personId, organizationId), workspaces: [...workspaces.values()] };
}
