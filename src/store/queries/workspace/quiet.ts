import type { Tx } from '../../session.ts';
import { namesOf } from '../audit/event.ts';
import { getPool } from '../pool/breaker.ts';
import { isPaused } from '../pool/pause.ts';

/** Whether the pool of this workspace is paused, alone or with all others (spec 5.7). */
export async function isPoolQuiet(tx: Tx, row: { template_id: string; preset_id: string | null }): Promise<boolean> {
  if (await isPaused(tx.db)) return true;
  const { preset } = await namesOf(tx, row);
  if (preset === undefined) return false;
  return (await getPool(tx.db, row.template_id, preset))?.pausedAt !== undefined;
}
