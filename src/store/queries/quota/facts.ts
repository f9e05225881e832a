import type { Kysely } from 'kysely';
import { budgetOf, type QuotaFacts } from '../../../domain/quota.ts';
import type { Schema } from '../../schema.ts';

type Db = Kysely<Schema>;

/** Budget of a person in an organisation; undefined = it has no quotas (spec 5.9). */
export async function budget(db: Db, personId: string, organizationId: string): Promise<number | undefined> {
  const rows = await db
    .selectFrom('team')
    .leftJoin('team_member', (join) =>
      join.onRef('team_member.team_id', '=', 'team.id').on('team_member.person_id', '=', personId),
    )
    .select(['team.id', 'team.organization_id', 'team.quota_allowance', 'team_member.person_id'])
    .where('team.organization_id', '=', organizationId)
    .execute();
  return budgetOf(
    rows.map((row) => ({ allowance: row.quota_allowance, member: row.person_id !== null || row.id === row.organization_id })),
  );
}

/** Whether any group of the organisation gives an allowance. */
export async function hasQuotas(db: Db, organizationId: string): Promise<boolean> {
  const row = await db
    .selectFrom('team')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('quota_allowance', '>', 0)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Charges of a person on workspaces of one organisation's templates, newest workspace last. */
export const chargesOf = (db: Db, personId: string, organizationId: string) =>
  db
    .selectFrom('charge')
    .innerJoin('workspace', 'workspace.id', 'charge.workspace_id')
    .innerJoin('template', 'template.id', 'workspace.template_id')
    .select(['charge.workspace_id', 'charge.kind', 'charge.daily_cost', 'workspace.name'])
    .where('charge.owner_id', '=', personId)
    .where('template.organization_id', '=', organizationId)
    .orderBy('workspace.created_at')
    .orderBy('charge.workspace_id')
    .orderBy('charge.kind')
    .execute();

/** What the quota of `owner` is judged by for one workspace, as it is inside this transaction. */
export async function quotaFacts(
  db: Db,
  input: { readonly ownerId: string; readonly templateId: string; readonly workspaceId: string },
): Promise<QuotaFacts> {
  const template = await db
    .selectFrom('template')
    .select('organization_id')
    .where('id', '=', input.templateId)
    .executeTakeFirstOrThrow();
  const owner = await db.selectFrom('person').select('username').where('id', '=', input.ownerId).executeTakeFirstOrThrow();
  const charges = await chargesOf(db, input.ownerId, template.organization_id);
  const sum = (rows: typeof charges): number => rows.reduce((total, row) => total + row.daily_cost, 0);
  return {
    owner: owner.username,
    budget: await budget(db, input.ownerId, template.organization_id),
    elsewhere: sum(charges.filter((row) => row.workspace_id !== input.workspaceId)),
    before: sum(charges.filter((row) => row.workspace_id === input.workspaceId && row.kind === 'charged')),
  };
}
