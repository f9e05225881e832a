import type { Clock } from '../kit/clock.ts';
import type { Ids } from '../kit/ids.ts';
import type { Logger } from '../kit/logger.ts';
import type { KeepDeps } from '../keep/collect.ts';
import type { PoolDeps } from '../pool/deps.ts';
import type { Actor, Store } from '../store/store.ts';
import type { Config } from './config.ts';
import { findCaller, type CallerInput } from './identity.ts';
import type { Pulse } from './pulse.ts';

/** What every part of the application shares. */
export interface Context {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Who asks: the person behind a token, else whoever runs the command. */
  readonly caller: CallerInput;
  /** Whether agents are heard is a matter of one pass: see `withAgents`. */
  readonly pool: Omit<PoolDeps, 'hearsAgents'>;
  /** Of `--org` or PREBUILDS_ORG; undefined = all, and the default one for what is new. */
  readonly organization: string | undefined;
  /** Beats when this process writes to the store. */
  readonly pulse: Pulse;
  /** This process hears agents for as long as it lives, so nothing in it has to begin or end that. */
  readonly hostsAgents: boolean;
  /** Absolute path of the command line's own script, for the crontab line. */
  readonly script: string;
}

/** The person who runs the command, as the initiator of what it does. */
export async function actorOf(context: Context): Promise<Actor> {
  const person = await findCaller(context.store, context.caller);
  return { id: person.id, username: person.username };
}

/** What keeping the home in order needs. */
export const keepDeps = ({ store, clock, logger, config }: Context): KeepDeps & { readonly logger: Logger } => ({
  store,
  clock,
  logger,
  home: config.home,
  retention: config.retention,
});
