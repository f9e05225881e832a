import type { Kysely } from 'kysely';
import type { SweepResult } from '../../../domain/sweep.ts';
import { toSweep } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { write, type Session } from '../../session.ts';

/** What each source said when it was last looked at, by source. */
export async function listSweeps(db: Kysely<Schema>): Promise<readonly SweepResult[]> {
  return (await db.selectFrom('sweep').selectAll().orderBy('source').execute()).map(toSweep);
}

/** Keeps the newest result of a source; an older one never replaces a newer one. */
export function saveSweep(session: Session, result: SweepResult): Promise<void> {
  return write(session, async (tx) => {
    const row = {
      at: result.at,
      objects: result.objects,
      unaccounted: JSON.stringify(result.findings),
      error: result.error ?? null,
    };
    await tx.db
      .insertInto('sweep')
      .values({ source: result.source, ...row })
      .onConflict((conflict) => conflict.column('source').doUpdateSet(row).where('sweep.at', '<=', result.at))
      .execute();
  });
}
