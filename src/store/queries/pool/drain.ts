import { found, write, type Session } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { addEvent, namesOf } from '../audit/event.ts';
import { poolRow, updatePool } from './row.ts';

/** Pauses or resumes one pool (spec 5.7); resuming ends a drain too. false = nothing changed. */
export function setPoolPaused(
  session: Session,
  templateId: string,
  presetName: string,
  paused: boolean,
  actor: Actor,
): Promise<boolean> {
  return write(session, async (tx) => {
    const pool = found(await poolRow(tx.db, templateId, presetName), 'pool', presetName);
    const idle = pool.paused_at !== null || (!paused && pool.draining_at !== null);
    if (idle === paused) return false;
    await updatePool(tx, pool, paused ? { paused_at: tx.now } : { paused_at: null, draining_at: null });
    const { template } = await namesOf(tx, { template_id: templateId, preset_id: null });
    const reason = paused ? 'nothing of it is created, deleted or expired; claims work' : 'it is filled again';
    await addEvent(tx, { kind: paused ? 'pool.paused' : 'pool.resumed', actor, template, preset: presetName, reason });
    return true;
  });
}

/** Empties a pool and keeps it empty until it is resumed. false = it is being drained already. */
export function drainPool(session: Session, templateId: string, presetName: string, actor: Actor): Promise<boolean> {
  return write(session, async (tx) => {
    const pool = found(await poolRow(tx.db, templateId, presetName), 'pool', presetName);
    if (pool.draining_at !== null) return false;
    await updatePool(tx, pool, { draining_at: tx.now });
    const { template } = await namesOf(tx, { template_id: templateId, preset_id: null });
    const reason = 'all unclaimed stock goes, and none is made until it is resumed';
    await addEvent(tx, { kind: 'pool.drained', actor, template, preset: presetName, reason });
    return true;
  });
}
