import { readStateAgents } from '../engine/state-agents.ts';
import type { PoolDeps } from '../pool/deps.ts';
import { messageOf, UserError } from '../kit/errors.ts';
import { workspacePaths } from '../kit/paths.ts';
import { holderOf, homeMark, type Holder } from './agent-address.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { writeAddress } from './listen.ts';

const TRY_AGAIN_MS = 1000;
/** How long the process of another home, which may be a short one, is waited for before its address counts as taken. */
const OTHER_HOME_MS = 60_000;

type Listen = NonNullable<Context['config']['agentListen']>;
export type Leave = () => Promise<void>;

/** One listener of a process, whoever in it wants it: the last one to leave ends it. */
interface Hosting {
  users: number;
  readonly end: AbortController;
  readonly here: () => boolean;
  /** Set when this process has the address, or will not get it any more. */
  readonly taking: Promise<Leave | undefined>;
  readonly beganAt: number;
  warned: boolean;
}

/** An address is a thing of the process, so contexts of one configuration share what listens on it. */
const hostings = new WeakMap<Config, Promise<Hosting>>();

/**
 * Hears agents on `agent_listen` until the returned function is called; nothing where agents are heard nowhere. While another process has the
 * address, that one hears them, and this one takes over when it ends (spec 5.8). UserError when it is no address of this machine.
 */
export async function hostAgents(context: Context): Promise<Leave> {
  const { agentListen } = context.config;
  if (agentListen === undefined || context.hostsAgents) return () => Promise.resolve();
  const hosting = await enter(context, agentListen);
  let left = false;
  return async () => {
    if (left) return;
    left = true;
    hosting.users -= 1;
    if (hosting.users > 0) return;
    hostings.delete(context.config);
    hosting.end.abort();
    await (
      await hosting.taking
    )?.();
  };
}

/**
 * Who keeps this home's agents from being heard here, if somebody does; logged once. Ask after `hostAgents`.
 */
export async function agentsBarredBy(context: Context): Promise<Holder | undefined> {
  const { agentListen, home } = context.config;
  const hosting = await hostings.get(context.config);
  if (agentListen === undefined || hosting === undefined || hosting.here()) return undefined;
  const holder = await holderOf(agentListen, home);
  if (holder === 'this home' || holder === 'nobody') return undefined;
  warn(context, hosting, agentListen, holder);
  return holder;
}

/**
 * Gives a pass what it needs to wait for agents: they are heard from the first time it asks until its end, so that a pass without new
 * prebuilds loads no server.
 */
export async function withAgents<T>(context: Context, work: (pool: PoolDeps) => Promise<T>): Promise<T> {
  let hosted: Promise<Leave> | undefined;
  const hearsAgents = async (): Promise<boolean> => {
    if (context.config.agentListen === undefined) return false;
    hosted ??= hostAgents(context);
    try {
      await hosted;
      return await areHeard(context, context.config.agentListen);
    } catch (error) {
      context.logger.error('coderd.prebuilds: agents cannot be heard', { error: messageOf(error) });
      return false;
    }
  };
  return work({ ...context.pool, hearsAgents }).finally(async () => (await hosted?.catch(() => undefined))?.());
}

/** Whether this process or another one of this home hears agents. The process of another home is given time to end. */
async function areHeard(context: Context, listen: Listen): Promise<boolean> {
  const { clock, config } = context;
  for (;;) {
    const hosting = await hostings.get(config);
    if (hosting === undefined) return false;
    if (hosting.here()) return true;
    const holder = await holderOf(listen, config.home);
    if (holder === 'this home' || hosting.here()) return true;
    if (holder !== 'nobody') warn(context, hosting, listen, holder);
    const waits = holder !== 'another program' && clock.monotonic() - hosting.beganAt < OTHER_HOME_MS;
    if (!waits) return false;
    await clock.sleep(TRY_AGAIN_MS, hosting.end.signal);
  }
}

function warn({ logger }: Context, hosting: Hosting, listen: Listen, holder: Holder): void {
  if (hosting.warned) return;
  hosting.warned = true;
  logger.warn(`coderd.prebuilds: agents are not heard: ${holder} has the address ${writeAddress(listen)}`, {
    remedy: 'give each home an access_url and agent_listen of its own, or end the other program',
  });
}

async function enter(context: Context, listen: Listen): Promise<Hosting> {
  const { config } = context;
  const known = hostings.get(config);
  if (known !== undefined) {
    const hosting = await known;
    hosting.users += 1;
    return hosting;
  }
  const opened = open(context, listen);
  hostings.set(config, opened);
  opened.catch(() => hostings.delete(config));
  return opened;
}

async function open(context: Context, listen: Listen): Promise<Hosting> {
  const end = new AbortController();
  let here = false;
  const first = await tryHost(context, listen);
  const taking = first === undefined ? takeOver(context, listen, end.signal) : Promise.resolve(first);
  const hosting = { users: 1, end, here: () => here, taking, beganAt: context.clock.monotonic(), warned: false };
  if (first !== undefined) here = true;
  else void taking.then((leave) => (here = leave !== undefined));
  return hosting;
}

/** Tries until the address is free, or nobody waits any more. */
async function takeOver(context: Context, listen: Listen, signal: AbortSignal): Promise<Leave | undefined> {
  for (;;) {
    await context.clock.sleep(TRY_AGAIN_MS, signal);
    if (signal.aborted) return undefined;
    const leave = await tryHost(context, listen).catch(() => undefined);
    if (leave !== undefined) return leave;
  }
}

/**
 * The server is loaded only where it is used: it is the largest part of the tool. A taken address is found out before anything is written:
 * a process that waits for it would write every second that a server is up. undefined = another process has it.
 */
async function tryHost(context: Context, listen: Listen): Promise<Leave | undefined> {
  const { store, clock, logger, config, pool } = context;
  if ((await holderOf(listen, config.home)) !== 'nobody') return undefined;
  const [routes, services, logs, values] = await Promise.all([
    import('../server/agent-routes.ts'),
    import('../server/agent-service.ts'),
    import('../server/agent-logs.ts'),
    import('../server/agent-values.ts'),
  ]);
  const folderOf = (id: string): string => workspacePaths(config.home, id).folder;
  const service = await services.startAgentService({
    store,
    clock,
    logger,
    me: pool.me,
    logs: logs.createAgentLogs(folderOf),
    values: values.createAgentValues(folderOf, clock),
    facts: (id) => readStateAgents(workspacePaths(config.home, id).state),
  });
  const server = routes.createAgentServer({ backend: service, clock, logger, home: homeMark(config.home) });
  try {
    await server.listen(listen);
  } catch (error) {
    await service.stop();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw new UserError('agent_listen', `agents cannot be heard on ${writeAddress(listen)}: ${messageOf(error)}`, {
      hint: 'set `agent_listen` to an address of this machine, or to off',
      cause: error,
    });
  }
  return async () => {
    await service.stop();
    await server.close();
  };
}
