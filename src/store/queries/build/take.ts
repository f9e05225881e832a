import { isDeepStrictEqual } from 'node:util';
import type { ExpressionBuilder } from 'kysely';
import { type Build, type ClaimState, type Driver } from '../../../domain/types.ts';
import { driverColumns, toBuild } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import { found, write, type Session } from '../../session.ts';
import { tellAs, workspaceRow } from '../workspace/change.ts';
import { LIVE } from './live.ts';

/** Claims that work on a workspace. */
const HOLDING = ['reserved', 'planned', 'applying', 'cold'] as const satisfies readonly ClaimState[];

/**
 * The right to drive a live build, if its driver is still `expected` (SM R7); undefined when somebody else was first. Renewing one's own right
 * writes nothing.
 */
export async function takeBuild(
  session: Session,
  buildId: string,
  expected: Driver | undefined,
  me: Driver,
): Promise<Build | undefined> {
  const mine = driverColumns(me);
  const driven = isDriven(buildId, driverColumns(expected));
  const row = isDeepStrictEqual(driverColumns(expected), mine)
    ? await session.db.selectFrom('build').selectAll().where(driven).executeTakeFirst()
    : await write(session, ({ db }) => db.updateTable('build').set(mine).where(driven).returningAll().executeTakeFirst());
  return row === undefined ? undefined : toBuild(row);
}

/** A live build with exactly this driver. */
const isDriven = (buildId: string, by: ReturnType<typeof driverColumns>) => (eb: ExpressionBuilder<Schema, 'build'>) =>
  eb.and([
    eb('id', '=', buildId),
    eb('state', 'in', LIVE),
    eb('driver_boot_id', 'is', by.driver_boot_id),
    eb('driver_pid', 'is', by.driver_pid),
    eb('driver_start_ticks', 'is', by.driver_start_ticks),
  ]);

/** The opposite: build and claim have no driver any more, if it was this one. */
export function letGo(session: Session, buildId: string, me: Driver, reason?: string): Promise<void> {
  const mine = driverColumns(me);
  const none = driverColumns(undefined);
  return write(session, async (tx) => {
    const row = await tx.db
      .updateTable('build')
      .set(none)
      .where(isDriven(buildId, mine))
      .returning('workspace_id')
      .executeTakeFirst();
    if (row === undefined) return;
    if (reason !== undefined) {
      const workspace = found(await workspaceRow(tx, row.workspace_id), 'workspace', row.workspace_id);
      await tellAs(tx, workspace, { kind: 'build.left', reason, buildId });
    }
    await tx.db
      .updateTable('claim')
      .set(none)
      .where('workspace_id', '=', row.workspace_id)
      .where('state', 'in', HOLDING)
      .where('driver_boot_id', 'is', mine.driver_boot_id)
      .where('driver_pid', 'is', mine.driver_pid)
      .where('driver_start_ticks', 'is', mine.driver_start_ticks)
      .execute();
  });
}
