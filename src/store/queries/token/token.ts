import type { Kysely } from 'kysely';
import type { Bearer, Token } from '../../../domain/token.ts';
import { ConflictError, StoreError } from '../../../kit/errors.ts';
import { toPerson, toToken } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { found, write, type Session } from '../../session.ts';
import type { Actor } from '../../store.ts';
import type { NewToken } from '../../token-store.ts';
import { addEvent } from '../audit/event.ts';

type Db = Kysely<Schema>;

/** How exactly a last use is known. */
const NOTE_MS = 60_000;

const tokens = (db: Db) =>
  db
    .selectFrom('api_token')
    .innerJoin('person', 'person.id', 'api_token.person_id')
    .innerJoin('person as maker', 'maker.id', 'api_token.created_by')
    .selectAll('api_token')
    .select(['person.username as username', 'maker.username as maker']);

export function createToken(session: Session, input: NewToken, actor: Actor): Promise<Token> {
  return write(session, async (tx) => {
    const taken = await tokens(tx.db)
      .where('api_token.name', '=', input.name)
      .where('api_token.revoked_at', 'is', null)
      .executeTakeFirst();
    if (taken !== undefined) {
      throw new ConflictError('token_exists', `there is a token "${taken.name}" already, of ${taken.username}`, {
        hint: `give another --name, or run \`prebuilds token revoke ${taken.name}\` first`,
      });
    }
    const id = tx.ids.uuid();
    const { name, personId, role, sha256, expiresAt = null } = input;
    await tx.db
      .insertInto('api_token')
      .values({
        id,
        name,
        person_id: personId,
        role,
        sha256,
        created_at: tx.now,
        created_by: actor.id,
        expires_at: expiresAt,
        last_used_at: null,
        revoked_at: null,
      })
      .execute();
    const token = toToken(found(await tokens(tx.db).where('api_token.id', '=', id).executeTakeFirst(), 'token', id));
    const data = { token: id, user: token.person.username, role, expiresAt };
    await addEvent(tx, { kind: 'token.created', actor, reason: name, data });
    return token;
  });
}

export async function listTokens(db: Db): Promise<readonly Token[]> {
  const rows = await tokens(db).orderBy('api_token.created_at', 'desc').orderBy('api_token.id').execute();
  return rows.map(toToken);
}

export function revokeToken(session: Session, id: string, actor: Actor): Promise<boolean> {
  return write(session, async (tx) => {
    const row = await tokens(tx.db).where('api_token.id', '=', id).where('api_token.revoked_at', 'is', null).executeTakeFirst();
    if (row === undefined) return false;
    await tx.db.updateTable('api_token').set({ revoked_at: tx.now }).where('id', '=', id).execute();
    const data = { token: id, user: row.username, role: row.role };
    await addEvent(tx, { kind: 'token.revoked', actor, reason: row.name, data });
    return true;
  });
}

const valid = (db: Db, now: number) =>
  db
    .selectFrom('api_token')
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]));

export async function findToken(session: Session, sha256: string): Promise<Bearer | undefined> {
  const now = session.clock.now();
  const row = await valid(session.db, now)
    .innerJoin('person', 'person.id', 'api_token.person_id')
    .selectAll('person')
    .select(['api_token.id as token_id', 'api_token.role', 'api_token.last_used_at'])
    .where('sha256', '=', sha256)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (Math.abs(now - (row.last_used_at ?? 0)) >= NOTE_MS) await noteUse(session, row.token_id);
  return { person: toPerson(row), role: row.role, tokenId: row.token_id };
}

/** Metrics and pages must answer also while the disk is full, which is when they are asked for. */
async function noteUse(session: Session, id: string): Promise<void> {
  try {
    await write(session, async (tx) => {
      await tx.db.updateTable('api_token').set({ last_used_at: tx.now }).where('id', '=', id).execute();
    });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

export async function hasToken(session: Session): Promise<boolean> {
  const row = await valid(session.db, session.clock.now()).select('id').limit(1).executeTakeFirst();
  return row !== undefined;
}
