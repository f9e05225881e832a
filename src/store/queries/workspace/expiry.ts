import type { Kysely } from 'kysely';
import { SYSTEM_USER, type Workspace } from '../../../domain/types.ts';
import { toWorkspace } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { write, type Session } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { changeWorkspace, isStock, tell, workspaceRow } from './change.ts';
import { workspaces } from './read.ts';

/** People's workspaces that end at or before `at`, the next one first. */
export async function expiringWorkspaces(db: Kysely<Schema>, at: number): Promise<readonly Workspace[]> {
  const rows = await workspaces(db)
    .where('workspace.expires_at', 'is not', null)
    .where('workspace.expires_at', '<=', at)
    .where('workspace.deleted_at', 'is', null)
    .where('workspace.owner_id', '!=', SYSTEM_USER.id)
    .orderBy('workspace.expires_at')
    .orderBy('workspace.id')
    .execute();
  return rows.map(toWorkspace);
}

/** The warning before the end (spec 6.9), once for each end. */
export function warnExpiry(session: Session, workspaceId: string, expiresAt: number): Promise<boolean> {
  return write(session, async (tx) => {
    const row = await workspaceRow(tx, workspaceId);
    if (row?.expires_at !== expiresAt || row.expiry_warned_at !== null || row.deleted_at !== null) return false;
    const warned = await changeWorkspace(tx, row, { expiry_warned_at: tx.now });
    const reason = `it ends at ${new Date(expiresAt).toISOString()}; \`prebuilds extend\` renews it`;
    await tell(tx, warned, { what: 'expiring', reason, data: { expiresAt } });
    return true;
  });
}

/** A new end; the caller has checked the maximum. */
export function extendWorkspace(session: Session, workspaceId: string, expiresAt: number, actor: Actor): Promise<boolean> {
  return write(session, async (tx) => {
    const row = await workspaceRow(tx, workspaceId);
    if (row === undefined || isStock(row) || row.expires_at === null) return false;
    if (row.phase === 'deleting' || row.phase === 'deleted') return false;
    const after = await changeWorkspace(tx, row, { expires_at: expiresAt, expiry_warned_at: null });
    const reason = `it ends at ${new Date(expiresAt).toISOString()}`;
    await tell(tx, after, { what: 'extended', actor, reason, data: { expiresAt, before: row.expires_at } });
    return true;
  });
}
