import { sql } from 'kysely';
import { LIVE_BUILD_STATES } from '../../../domain/types.ts';

/**
 * The states of a live build, as text of the statement: SQLite takes the indexes of live builds only for a list that it can see, and with
 * values bound later reads all builds that ever were.
 */
export const LIVE = LIVE_BUILD_STATES.map((state) => sql.lit(state));
