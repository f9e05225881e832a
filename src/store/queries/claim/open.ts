import type { Claim } from '../../../domain/types.ts';
import { ConflictError } from '../../../kit/errors.ts';
import { canonical } from '../../json.ts';
import { driverColumns, toClaim } from '../../mappers.ts';
import type { ClaimRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import type { ClaimStore } from '../../store.ts';
import { refuseClosed, templateRow } from '../catalog/guard.ts';
import { nameKey, takeName } from '../workspace/name-row.ts';
import { tellClaim } from './row.ts';

type Input = Parameters<ClaimStore['openClaim']>[0];

/**
 * A new claim holds its name from here on. The same request again (by id, or by name and arguments while it runs) is the same claim, so
 * a repeated command is safe (spec 6.7). Throws ConflictError: request_id_used, name_taken, template_deleting, template_deprecated.
 */
export function openClaim(session: Session, input: Input): Promise<{ claim: Claim; existing: boolean }> {
  return write(session, async (tx) => {
    const known = (await byRequest(tx, input)) ?? (await running(tx, input));
    if (known !== undefined) return { claim: toClaim(known), existing: true };
    refuseClosed(await templateRow(tx, input.templateId));
    const row = await insert(tx, input);
    await takeName(tx, input.ownerId, input.name, { claimId: row.id });
    await tellClaim(tx, row, 'opened', 'asked for');
    return { claim: toClaim(row), existing: false };
  });
}

async function byRequest(tx: Tx, input: Input): Promise<ClaimRow | undefined> {
  if (input.requestId === undefined) return undefined;
  const row = await tx.db
    .selectFrom('claim')
    .selectAll()
    .where('owner_id', '=', input.ownerId)
    .where('request_id', '=', input.requestId)
    .executeTakeFirst();
  if (row !== undefined && (row.args_hash !== input.argsHash || row.template_id !== input.templateId)) {
    throw new ConflictError('request_id_used', `the request id ${input.requestId} was used for another request`, {
      hint: 'use a new --request-id',
    });
  }
  return row;
}

/** A claim of the same name that has not ended; with other arguments its name counts as taken. */
async function running(tx: Tx, input: Input): Promise<ClaimRow | undefined> {
  const row = await tx.db
    .selectFrom('claim')
    .selectAll()
    .where('owner_id', '=', input.ownerId)
    .where('name_key', '=', nameKey(input.name))
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  const same = row?.template_id === input.templateId && row.args_hash === input.argsHash;
  const otherRequest = input.requestId !== undefined && row?.request_id !== null && row?.request_id !== input.requestId;
  return same && !otherRequest ? row : undefined;
}

function insert(tx: Tx, input: Input): Promise<ClaimRow> {
  return tx.db
    .insertInto('claim')
    .values({
      ...driverColumns(input.driver),
      id: tx.ids.uuid(),
      template_id: input.templateId,
      preset_id: input.presetId ?? null,
      owner_id: input.ownerId,
      actor_id: input.actor.id,
      name: input.name,
      name_key: nameKey(input.name),
      request_id: input.requestId ?? null,
      args_hash: input.argsHash,
      state: 'new',
      workspace_id: null,
      served_as: null,
      miss_reason: null,
      miss_code: null,
      parameters: canonical(input.parameters),
      phases: '{}',
      rebuilt: '[]',
      ttl_ms: input.ttlMs ?? null,
      no_cold: input.noCold === true ? 1 : 0,
      created_at: tx.now,
      ended_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}
