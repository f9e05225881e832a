import { LIVE_BUILD_STATES, type Build, type Driver } from '../../../domain/types.ts';
import { driverColumns, toBuild } from '../../mappers.ts';
import { write, type Session } from '../../session.ts';
import { buildRow } from './read.ts';

/** The right to drive a live build, if its driver is still `expected` (SM R7); undefined when somebody else was first. */
export function takeBuild(
  session: Session,
  buildId: string,
  expected: Driver | undefined,
  me: Driver,
): Promise<Build | undefined> {
  const was = driverColumns(expected);
  return write(session, async (tx) => {
    const row = await tx.db
      .updateTable('build')
      .set(driverColumns(me))
      .where('id', '=', buildId)
      .where('state', 'in', LIVE_BUILD_STATES)
      .where('driver_boot_id', 'is', was.driver_boot_id)
      .where('driver_pid', 'is', was.driver_pid)
      .where('driver_start_ticks', 'is', was.driver_start_ticks)
      .returningAll()
      .executeTakeFirst();
    return row === undefined ? undefined : toBuild(row);
  });
}

/** One of the `limit` job slots of this host (spec 5.4). A slot belongs to a live build, so its end frees it in the same write. */
export function takeSlot(session: Session, buildId: string, limit: number): Promise<boolean> {
  return write(session, async (tx) => {
    const build = await buildRow(tx.db, buildId);
    if (build === undefined || !LIVE_BUILD_STATES.some((state) => state === build.state)) return false;
    if (build.job_slot !== null) return true;
    const rows = await tx.db
      .selectFrom('build')
      .select('job_slot')
      .where('state', 'in', LIVE_BUILD_STATES)
      .where('job_slot', 'is not', null)
      .execute();
    const taken = new Set(rows.map((row) => row.job_slot));
    for (let slot = 0; slot < limit; slot += 1) {
      if (taken.has(slot)) continue;
      await tx.db.updateTable('build').set({ job_slot: slot }).where('id', '=', buildId).execute();
      return true;
    }
    return false;
  });
}
