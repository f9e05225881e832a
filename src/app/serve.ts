import type { App } from '../api/app.ts';
import type { ServeInput, Serving } from '../api/serve.ts';
import { messageOf } from '../kit/errors.ts';
import { agentsBarredBy, hostAgents } from './agent-host.ts';
import type { Context } from './context.ts';
import { inOrganization } from './organization.ts';
import { readAddress, writeAddress } from './listen.ts';
import { printMetrics } from './metrics.ts';
import { checkListen, openFront, type Front } from './serve-front.ts';
import { newsOf, notifyUntil, reconcileUntil } from './serve-passes.ts';
import { frontPlugins } from './serve-plugins.ts';

/** How long an orderly end may take, in milliseconds. */
const STOP_MS = 9000;

/**
 * Hosts agents, the HTTP front and the reconciler over one open store, until the signal aborts (spec 8). Then nothing new begins, builds are
 * left as an interrupted reconcile leaves them (their engines run on), polls are answered, and everything that listens closes.
 */
export async function serve(context: Context, input: ServeInput, appOf: (context: Context) => App): Promise<void> {
  const { config, logger } = context;
  const listen = input.listen === undefined ? config.listen : readAddress(input.listen, '--listen');
  await checkListen(context, listen);
  const end = new AbortController();
  const closing = AbortSignal.any([end.signal, input.signal]);
  const served: Context = { ...context, hostsAgents: true };
  const front = await openFront(context, {
    ...context,
    listen,
    allowedHosts: config.allowedHosts,
    findToken: (sha256) => context.store.findToken(sha256),
    ready: () => context.store.isPaused(),
    metrics: oneAtOnce(async () => (await printMetrics(context.store, config.policy, context.clock.now(), input.version)).text),
    plugins: frontPlugins({
      appFor: ({ person }, organization) =>
        appOf({ ...scoped(served, organization), caller: { owner: person.username, env: {} } }),
      news: () => newsOf(served),
      version: input.version,
      clock: context.clock,
      logger,
    }),
    closing,
  });
  const parts: Part[] = [{ name: 'front', end: front.close }];
  try {
    parts.push({ name: 'agents', end: await hostAgents(context) });
    tell(context, input, {
      ...front,
      hasToken: await context.store.hasToken(),
      agentsBarredBy: await agentsBarredBy(context),
    });
    // Also without passes: claims that were asked for here tell their hooks from here.
    const work = [notifyUntil(served, closing)];
    if (input.reconcile) work.push(reconcileUntil(served, { ...input, signal: closing }));
    for (const one of work) parts.push({ name: 'reconciler', end: () => one.catch(() => undefined) });
    await Promise.race([aborted(closing), ...work.map((one) => one.then(() => aborted(closing)))]);
    logger.info('serve: stopping');
  } finally {
    end.abort();
    await endAll(context, parts);
  }
}

/** As with `--org`. */
const scoped = (context: Context, organization: string | undefined): Context =>
  organization === undefined ? context : { ...context, organization, store: inOrganization(context.store, organization) };

/** Something that is given back at the end, the last one first. */
interface Part {
  readonly name: string;
  readonly end: () => Promise<void>;
}

/** What does not end in time is left to itself: the process ends, and the next one takes over what it did. */
async function endAll({ clock, logger }: Context, parts: readonly Part[]): Promise<void> {
  const over = new AbortController();
  const late = clock.sleep(STOP_MS, over.signal);
  for (const { name, end } of parts.toReversed()) {
    const ended = end().then(
      () => true,
      (error: unknown) => {
        logger.error('serve: a part could not be ended', { part: name, error: messageOf(error) });
        return true;
      },
    );
    if (!(await Promise.race([ended, late.then(() => false)]))) logger.warn('serve: a part did not end in time', { part: name });
  }
  over.abort();
}

function tell(
  { config, logger }: Context,
  input: ServeInput,
  { url, hasToken, agentsBarredBy: barredBy }: Front & Pick<Serving, 'hasToken' | 'agentsBarredBy'>,
): void {
  const agents = config.agentListen === undefined ? undefined : writeAddress(config.agentListen);
  logger.info('serve: listening', { url, agents, reconciles: input.reconcile });
  input.onListening({ url, agents, agentsBarredBy: barredBy, reconciles: input.reconcile, hasToken });
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });

/** Whoever asks while an answer is being made gets that one: scrapes must not pile up. */
function oneAtOnce<T>(make: () => Promise<T>): () => Promise<T> {
  let making: Promise<T> | undefined;
  return () =>
    (making ??= make().finally(() => {
      making = undefined;
    }));
}
