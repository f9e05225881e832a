import type { Driver } from '../../../domain/types.ts';
import { readJson, shapes } from '../../json.ts';
import { driverColumns } from '../../mappers.ts';
import type { BuildRow, VersionRow } from '../../schema.ts';
import type { Tx } from '../../session.ts';
import { measureQueued } from '../audit/measure.ts';

/** The version's row, read in the transaction. */
export function versionRow(tx: Tx, id: string): Promise<VersionRow> {
  return tx.db.selectFrom('version').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

type Given = Pick<
  BuildRow,
  | 'workspace_id'
  | 'transition'
  | 'stage'
  | 'reason'
  | 'beneficiary_id'
  | 'initiator_id'
  | 'workspace_name'
  | 'access_url'
  | 'parameters'
>;

/** The next build of a workspace, queued. What it uses is stored with it (SM R9): version, engine, lock hash, parameters, loader. */
export async function insertBuild(
  tx: Tx,
  given: Given & { version: VersionRow; driver?: Driver | undefined; phase_before?: BuildRow['phase_before'] },
): Promise<BuildRow> {
  const { version, driver, ...columns } = given;
  const last = await tx.db
    .selectFrom('build')
    .select((eb) => eb.fn.max('number').as('number'))
    .where('workspace_id', '=', columns.workspace_id)
    .executeTakeFirst();
  const row = await tx.db
    .insertInto('build')
    .values({
      ...columns,
      ...driverColumns(driver),
      id: tx.ids.uuid(),
      number: (last?.number ?? 0) + 1,
      state: 'queued',
      version_id: version.id,
      engine_path: version.engine_path,
      engine_kind: version.engine_kind,
      engine_version: version.engine_version,
      lock_hash: version.lock_hash,
      loader: readJson(shapes.facts, 'version.facts', version.facts).loader,
      recoveries: 0,
      attempts: 0,
      error_class: null,
      error: null,
      changes: '[]',
      created_at: tx.now,
      started_at: null,
      applied_at: null,
      ended_at: null,
      job_slot: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await measureQueued(tx, row);
  return row;
}
