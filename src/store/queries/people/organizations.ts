import type { Kysely } from 'kysely';
import { EVERYONE } from '../../../domain/quota.ts';
import type { Organization } from '../../../domain/types.ts';
import { ConflictError, UserError } from '../../../kit/errors.ts';
import type { Schema } from '../../schema.ts';
import { write, type Session } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { addEvent } from '../audit/event.ts';

type Db = Kysely<Schema>;

/** The one that exists from the start. */
export const DEFAULT_ORGANIZATION = 'default';

/** The default one first, then by name. */
export async function listOrganizations(db: Db): Promise<readonly Organization[]> {
  const rows = await db.selectFrom('organization').selectAll().orderBy('name').execute();
  return rows.toSorted((a, b) => Number(b.name === DEFAULT_ORGANIZATION) - Number(a.name === DEFAULT_ORGANIZATION));
}

/** By name, without case. Throws UserError unknown_organization. */
export async function organizationByName(db: Db, name: string): Promise<Organization> {
  const all = await listOrganizations(db);
  const found = all.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new UserError('unknown_organization', `there is no organisation "${name}"`, {
    hint: `known: ${all.map((one) => one.name).join(', ')}`,
  });
}

/** A new organisation with its group `Everyone`, which has the id of the organisation (Coder 5). */
export function createOrganization(session: Session, name: string, actor: Actor): Promise<Organization> {
  return write(session, async (tx) => {
    const taken = (await listOrganizations(tx.db)).some((one) => one.name.toLowerCase() === name.toLowerCase());
    if (taken) {
      throw new ConflictError('organization_exists', `there is an organisation "${name}" already`, { hint: 'use another name' });
    }
    const id = tx.ids.uuid();
    await tx.db.insertInto('organization').values({ id, name }).execute();
    await tx.db
      .insertInto('team')
      .values({ id, organization_id: id, name: EVERYONE, quota_allowance: 0, created_at: tx.now })
      .execute();
    await addEvent(tx, { kind: 'organization.created', actor, reason: name });
    return { id, name };
  });
}
