import Database from 'better-sqlite3';
import { SYSTEM_USER } from '../../domain/types.ts';
import { storeError } from './errors.ts';
import { migrate, SCHEMA_NUMBER } from './migrations/index.ts';

/** Newest schema that this version of the tool reads. */
export const NEWEST_SCHEMA = SCHEMA_NUMBER;

export interface Relocation {
  /** Home in which the store was written, and the one where it lies from now on: absolute folders. */
  readonly from: string;
  readonly to: string;
  /** Milliseconds UTC; given = unclaimed prebuilds are parked from this instant, so that nobody gets one before a person looked. */
  readonly holdAt: number | undefined;
}

/**
 * Makes a copied store one of another home, in one transaction: folders in rows, and no driver, since a process that drove a build of the
 * first home drives nothing here, even when it lives. Brings the schema up to date. StoreError as for opening.
 */
export function relocateStore(path: string, { from, to, holdAt }: Relocation): void {
  let db: Database.Database | undefined;
  try {
    const opened = new Database(path, { fileMustExist: true });
    db = opened;
    migrate(opened, path);
    opened.transaction(() => {
      for (const table of ['version', 'run'] as const) {
        opened
          .prepare(
            `update ${table} set folder = ? || substr(folder, length(?) + 1) where substr(folder, 1, length(?) + 1) = ? || '/'`,
          )
          .run(to, from, from, from);
      }
      for (const table of ['build', 'claim'] as const) {
        opened.exec(
          `update ${table} set driver_boot_id = null, driver_pid = null, driver_start_ticks = null where driver_pid is not null`,
        );
      }
      if (holdAt !== undefined) hold(opened, holdAt);
    })();
    opened.pragma('wal_checkpoint(TRUNCATE)');
  } catch (error) {
    throw storeError(error, path);
  } finally {
    db?.close();
  }
}

function hold(db: Database.Database, at: number): void {
  const held = db
    .prepare(
      `update workspace set held_at = ?, held_by = 'restore', slot = null, row_version = row_version + 1
       where owner_id = ? and held_at is null and phase in ('warming', 'ready') returning id, name`,
    )
    .all(at, SYSTEM_USER.id) as readonly { id: string; name: string }[];
  const tell = db.prepare(
    `insert into event (at, kind, actor, workspace_id, workspace_name, reason, data) values (?, 'prebuild.held', ?, ?, ?, ?, '{}')`,
  );
  for (const { id, name } of held)
    tell.run(at, SYSTEM_USER.username, id, name, 'restored from a backup: it may have been claimed since');
}
