import type { Clock } from '../kit/clock.ts';
import type { Ids } from '../kit/ids.ts';
import type { Logger } from '../kit/logger.ts';
import type { PoolDeps } from '../pool/deps.ts';
import type { Actor, Store } from '../store/store.ts';
import type { Config } from './config.ts';
import { findCaller } from './identity.ts';

/** What every part of the application shares. */
export interface Context {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pool: PoolDeps;
  /** Absolute path of the command line's own script, for the crontab line. */
  readonly script: string;
}

/** The person who runs the command, as the initiator of what it does. */
export async function actorOf(context: Context): Promise<Actor> {
  const person = await findCaller(context.store, { env: context.env });
  return { id: person.id, username: person.username };
}
