import type { Kysely } from 'kysely';
import type { Group, Person } from '../../../domain/types.ts';
import { BugError, ConflictError } from '../../../kit/errors.ts';
import type { Schema } from '../../schema.ts';
import { found, write, type Session, type Tx } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { addEvent } from '../audit/event.ts';

type Db = Kysely<Schema>;

const teams = (db: Db) =>
  db
    .selectFrom('team')
    .innerJoin('organization', 'organization.id', 'team.organization_id')
    .selectAll('team')
    .select('organization.name as organization');
type TeamRow = Awaited<ReturnType<ReturnType<typeof teams>['executeTakeFirstOrThrow']>>;

const isEveryone = (row: Pick<TeamRow, 'id' | 'organization_id'>): boolean => row.id === row.organization_id;

/** Of one organisation or of all; `Everyone` first, then by name. */
export async function listGroups(db: Db, organizationId?: string): Promise<readonly Group[]> {
  let query = teams(db).orderBy('organization.name').orderBy('team.name');
  if (organizationId !== undefined) query = query.where('team.organization_id', '=', organizationId);
  const members = await db
    .selectFrom('team_member')
    .innerJoin('person', 'person.id', 'team_member.person_id')
    .select(['team_member.team_id', 'person.username'])
    .orderBy('person.username')
    .execute();
  const groups = (await query.execute()).map((row) => ({
    id: row.id,
    organization: row.organization,
    name: row.name,
    quotaAllowance: row.quota_allowance,
    isEveryone: isEveryone(row),
    members: members.filter((member) => member.team_id === row.id).map((member) => member.username),
  }));
  return groups.toSorted((a, b) => (a.organization === b.organization ? Number(b.isEveryone) - Number(a.isEveryone) : 0));
}

/** Names of the groups that a person was added to in an organisation. */
export async function groupNames(db: Db, personId: string, organizationId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('team_member')
    .innerJoin('team', 'team.id', 'team_member.team_id')
    .select('team.name')
    .where('team_member.person_id', '=', personId)
    .where('team.organization_id', '=', organizationId)
    .orderBy('team.name')
    .execute();
  return rows.map((row) => row.name);
}

async function groupRow(tx: Tx, id: string): Promise<TeamRow> {
  return found(await teams(tx.db).where('team.id', '=', id).executeTakeFirst(), 'group', id);
}

async function groupOf(tx: Tx, row: TeamRow): Promise<Group> {
  return found(
    (await listGroups(tx.db, row.organization_id)).find((group) => group.id === row.id),
    'group',
    row.id,
  );
}

export function createGroup(
  session: Session,
  input: { organizationId: string; name: string; quotaAllowance: number },
  actor: Actor,
): Promise<Group> {
  return write(session, async (tx) => {
    const taken = await teams(tx.db)
      .where('team.organization_id', '=', input.organizationId)
      .where('team.name', '=', input.name)
      .executeTakeFirst();
    if (taken !== undefined) {
      throw new ConflictError('group_exists', `there is a group "${taken.name}" already`, {
        hint: `change its allowance with \`prebuilds group edit ${taken.name} --quota N\``,
      });
    }
    const id = tx.ids.uuid();
    const { organizationId, name, quotaAllowance } = input;
    await tx.db
      .insertInto('team')
      .values({ id, organization_id: organizationId, name, quota_allowance: quotaAllowance, created_at: tx.now })
      .execute();
    await addEvent(tx, { kind: 'group.created', actor, reason: name, data: { quotaAllowance } });
    return groupOf(tx, await groupRow(tx, id));
  });
}

export function setAllowance(session: Session, groupId: string, quotaAllowance: number, actor: Actor): Promise<void> {
  return write(session, async (tx) => {
    const row = await groupRow(tx, groupId);
    if (row.quota_allowance === quotaAllowance) return;
    await tx.db.updateTable('team').set({ quota_allowance: quotaAllowance }).where('id', '=', groupId).execute();
    const data = { organization: row.organization, from: row.quota_allowance, to: quotaAllowance };
    await addEvent(tx, { kind: 'group.allowance_changed', actor, reason: row.name, data });
  });
}

/** Adds and removes members, each told once; throws BugError for `Everyone`, which has no list. */
export function changeMembers(
  session: Session,
  groupId: string,
  change: { add: readonly Person[]; remove: readonly Person[] },
  actor: Actor,
): Promise<void> {
  return write(session, async (tx) => {
    const row = await groupRow(tx, groupId);
    refuseEveryone(row);
    const tellMember = (kind: string, person: Person): Promise<void> =>
      addEvent(tx, { kind, actor, reason: `${person.username} in ${row.name}`, data: { organization: row.organization } });
    for (const person of change.add) {
      const added = await tx.db
        .insertInto('team_member')
        .values({ team_id: groupId, person_id: person.id })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if ((added.numInsertedOrUpdatedRows ?? 0n) > 0n) await tellMember('group.member_added', person);
    }
    for (const person of change.remove) {
      const removed = await tx.db
        .deleteFrom('team_member')
        .where('team_id', '=', groupId)
        .where('person_id', '=', person.id)
        .executeTakeFirst();
      if (removed.numDeletedRows > 0n) await tellMember('group.member_removed', person);
    }
  });
}

export function deleteGroup(session: Session, groupId: string, actor: Actor): Promise<void> {
  return write(session, async (tx) => {
    const row = await groupRow(tx, groupId);
    refuseEveryone(row);
    await tx.db.deleteFrom('team_member').where('team_id', '=', groupId).execute();
    await tx.db.deleteFrom('team').where('id', '=', groupId).execute();
    await addEvent(tx, { kind: 'group.deleted', actor, reason: row.name, data: { organization: row.organization } });
  });
}

function refuseEveryone(row: TeamRow): void {
  if (isEveryone(row)) throw new BugError('everybody is in Everyone: it has no list of members and is not deleted');
}
