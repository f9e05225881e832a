import type { Kysely } from 'kysely';
import { SYSTEM_USER, type Person } from '../../../domain/types.ts';
import { UserError } from '../../../kit/errors.ts';
import { toPerson } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { found, write, type Session } from '../../session.ts';
import type { PeopleStore } from '../../store.ts';

/** By username, without case. */
export async function findPerson(db: Kysely<Schema>, username: string): Promise<Person | undefined> {
  const row = await db.selectFrom('person').selectAll().where('username', '=', username).executeTakeFirst();
  return row === undefined ? undefined : toPerson(row);
}

export async function getPerson(db: Kysely<Schema>, id: string): Promise<Person> {
  return toPerson(found(await db.selectFrom('person').selectAll().where('id', '=', id).executeTakeFirst(), 'person', id));
}

export async function listPeople(db: Kysely<Schema>): Promise<readonly Person[]> {
  return (await db.selectFrom('person').selectAll().orderBy('username').execute()).map(toPerson);
}

/** Finds or makes a person. Throws UserError for the pool's own name: nobody claims for the pool. */
export async function ensurePerson(session: Session, input: Parameters<PeopleStore['ensurePerson']>[0]): Promise<Person> {
  if (input.username.toLowerCase() === SYSTEM_USER.username) {
    throw new UserError('reserved_username', `${input.username} is the user that owns prebuilds`, { hint: 'give another owner' });
  }
  const known = await findPerson(session.db, input.username);
  if (
    known !== undefined &&
    (input.fullName ?? known.fullName) === known.fullName &&
    (input.email ?? known.email) === known.email
  ) {
    return known;
  }
  return write(session, async (tx) => {
    await tx.db
      .insertInto('person')
      .values({
        id: tx.ids.uuid(),
        username: input.username,
        full_name: input.fullName ?? '',
        email: input.email ?? '',
        is_system: 0,
        created_at: tx.now,
      })
      .onConflict((conflict) =>
        conflict.column('username').doUpdateSet((eb) => ({
          full_name: input.fullName ?? eb.ref('person.full_name'),
          email: input.email ?? eb.ref('person.email'),
        })),
      )
      .execute();
    return found(await findPerson(tx.db, input.username), 'person', input.username);
  });
}
