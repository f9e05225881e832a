import { LANES_OF, type JobLanes } from '../../../domain/lanes.ts';
import { LIVE_BUILD_STATES, SYSTEM_USER, type JobLane } from '../../../domain/types.ts';
import type { BuildRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import { buildRow } from './read.ts';
import { LIVE } from './live.ts';

/** A free job slot of this host (spec 5.4). It belongs to a live build, so the build's end frees it in the same write. */
export function takeSlot(session: Session, buildId: string, lanes: JobLanes): Promise<boolean> {
  return write(session, async (tx) => {
    const build = await buildRow(tx.db, buildId);
    if (build === undefined || !LIVE_BUILD_STATES.some((state) => state === build.state)) return false;
    if (build.job_slot !== null) return true;
    const free = await freeSlot(tx, LANES_OF[laneOf(build)], lanes);
    if (free === undefined) return false;
    await tx.db.updateTable('build').set(free).where('id', '=', buildId).execute();
    return true;
  });
}

function laneOf(build: BuildRow): JobLane {
  if (build.initiator_id !== SYSTEM_USER.id) return 'people';
  return build.transition === 'delete' ? 'delete' : 'pool';
}

async function freeSlot(
  tx: Tx,
  order: readonly JobLane[],
  lanes: JobLanes,
): Promise<Pick<BuildRow, 'job_lane' | 'job_slot'> | undefined> {
  const rows = await tx.db
    .selectFrom('build')
    .select(['job_lane', 'job_slot'])
    .where('state', 'in', LIVE)
    .where('job_slot', 'is not', null)
    .execute();
  const taken = new Set(rows.map((row) => `${row.job_lane}/${String(row.job_slot)}`));
  for (const lane of order) {
    for (let slot = 0; slot < lanes[lane]; slot += 1) {
      if (!taken.has(`${lane}/${String(slot)}`)) return { job_lane: lane, job_slot: slot };
    }
  }
  return undefined;
}
