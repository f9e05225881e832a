import { systemClock } from '../kit/clock.ts';
import { systemIds } from '../kit/ids.ts';
import { restore, type RestoreReport } from '../keep/restore.ts';
import { NEWEST_SCHEMA, relocateStore } from '../store/sqlite/relocate.ts';
import { resolveHome, type Environment } from './home.ts';

export type { RestoreReport } from '../keep/restore.ts';

/** Makes the home that `--home` or the environment names from a backup; see `restore`. Opens no application: there is no home yet. */
export function restoreBackup(input: {
  readonly file: string;
  readonly home: string | undefined;
  readonly env: Environment;
  /** Park the unclaimed prebuilds. */
  readonly hold: boolean;
}): Promise<RestoreReport> {
  const holdAt = input.hold ? systemClock.now() : undefined;
  return restore(
    {
      ids: systemIds,
      newestSchema: NEWEST_SCHEMA,
      relocate: (database, from, to) => {
        relocateStore(database, { from, to, holdAt });
      },
    },
    input.file,
    resolveHome(input.home, input.env),
  );
}
