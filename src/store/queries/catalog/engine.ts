import { minorOf } from '../../../kit/version.ts';
import { write, type Session } from '../../session.ts';
import type { CatalogStore } from '../../store.ts';

/** Gives the versions that were pushed with an engine that is gone another one of the same kind, major and minor. */
export function replaceEngine(session: Session, from: string, to: Parameters<CatalogStore['replaceEngine']>[1]): Promise<void> {
  return write(session, async ({ db }) => {
    const rows = await db
      .selectFrom('version')
      .select(['id', 'engine_version'])
      .where('engine_path', '=', from)
      .where('engine_kind', '=', to.kind)
      .execute();
    const alike = rows.filter((row) => minorOf(row.engine_version) === minorOf(to.version)).map(({ id }) => id);
    await db.updateTable('version').set({ engine_path: to.path, engine_version: to.version }).where('id', 'in', alike).execute();
  });
}
