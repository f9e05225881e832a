import * as z from 'zod/mini';
import { clockJump, isRecent, type PassTime } from '../../../domain/clock-jump.ts';
import { formatDuration } from '../../../kit/duration.ts';
import { readJson } from '../../json.ts';
import { write, type Session, type Tx } from '../../session.ts';
import { addEvent } from '../audit/event.ts';

const LAST_PASS = 'last_pass';
const shape = z.object({ wallAt: z.number(), uptimeMs: z.number(), bootId: z.string() });

/**
 * Compares the clocks with those of the last pass of any process, and remembers them (SM R10). A pass looks many times while its builds end:
 * what was remembered a moment ago still serves, and costs no write.
 */
export function beginPass(session: Session, time: Omit<PassTime, 'wallAt'>): Promise<{ jumped: boolean }> {
  return write(session, async (tx) => {
    const now: PassTime = { ...time, wallAt: tx.now };
    const last = await lastPass(tx);
    const jump = clockJump(now, last, await newestEventAt(tx));
    if (jump === undefined && isRecent(now, last)) return { jumped: false };
    await tx.db
      .insertInto('meta')
      .values({ key: LAST_PASS, value: JSON.stringify(now) })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: JSON.stringify(now) }))
      .execute();
    if (jump === undefined) return { jumped: false };
    const reason = `the clock went ${jump.direction} by ${formatDuration(jump.ms)}: nothing expires and nothing is trimmed in this pass`;
    await addEvent(tx, { kind: 'clock_jump', reason, data: jump });
    return { jumped: true };
  });
}

async function lastPass(tx: Tx): Promise<PassTime | undefined> {
  const row = await tx.db.selectFrom('meta').select('value').where('key', '=', LAST_PASS).executeTakeFirst();
  return row === undefined ? undefined : readJson(shape, 'meta.last_pass', row.value);
}

async function newestEventAt(tx: Tx): Promise<number | undefined> {
  return (await tx.db.selectFrom('event').select('at').orderBy('seq', 'desc').limit(1).executeTakeFirst())?.at;
}
