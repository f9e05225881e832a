import { basename, resolve } from 'node:path';
import { readFile } from 'node:fs/promises';
import type {
  App,
  ClaimAnswer,
  ClaimInput,
  KeepApi,
  PoolApi,
  PushInput,
  PushReport,
  RunOptions,
  TemplateApi,
  WorkspaceApi,
} from '../../api/app.ts';
import { ANY_OWNER } from '../../api/paths.ts';
import type { PeopleApi } from '../../api/people.ts';
import { UserError } from '../../kit/errors.ts';
import { collectTemplate } from '../../template/source.ts';
import { createClient, type Client, type ClientOptions, type Listener } from './client.ts';

/**
 * The application on another host, asked over its API (spec 8.3): every command of the line works the same, with the person of the token as its
 * caller. What concerns files of the server's host is refused.
 */
export function createRemoteApp(options: ClientOptions): App {
  const client = createClient(options);
  return {
    home: options.url,
    templates: remoteTemplates(client),
    pools: remotePools(client),
    workspaces: remoteWorkspaces(client, options),
    audit: { events: (filter) => client.ask('events.list', { ...filter }) },
    people: remotePeople(client),
    tokens: {
      create: (input) => client.ask('tokens.create', { ...input }),
      list: ({ all }) => client.ask('tokens.list', { all }),
      revoke: (name) => client.ask('tokens.revoke', { name }),
    },
    serve: () => Promise.reject(onTheServer('serve')),
    hooks: {
      list: () => client.ask('hooks.list'),
      deliver: ({ retry, signal }) => client.follow('hooks.deliver', { retry }, { signal }),
      test: (hook) => client.ask('hooks.test', { hook }),
    },
    sweeps: {
      run: (input) => client.ask('sweeps.run', { ...input }),
      last: () => client.ask('sweeps.last'),
      suspects: () => client.ask('sweeps.suspects'),
      declareAbsent: (workspace) => client.ask('sweeps.declareAbsent', { workspace }),
    },
    keep: remoteKeep(client),
    doctor: (wish) => client.ask(wish?.repair === true ? 'doctor.repair' : 'doctor'),
    metrics: () => client.ask('metrics'),
    why: (name) => client.ask('why', { name }),
    cronLine: () => {
      throw onTheServer('a crontab line');
    },
    close: () => Promise.resolve(),
  };
}

const onTheServer = (what: string): UserError =>
  new UserError('not_remote', `${what} is for the host of the server`, {
    hint: 'run it there, or leave out PREBUILDS_URL for a home of your own',
  });

const listenerOf = ({ signal, onProgress }: RunOptions): Listener => ({ signal, onProgress });

/** `false` is the only thing said about provider sessions; the server's configuration decides the rest. */
const sessions = ({ providerSession }: RunOptions): { providerSession?: false } =>
  providerSession === false ? { providerSession } : {};

/** A name as the path wants it. */
function place(name: string): { owner: string; name: string } {
  const at = name.indexOf('/');
  return at < 0 ? { owner: ANY_OWNER, name } : { owner: name.slice(0, at), name: name.slice(at + 1) };
}

function remoteTemplates(client: Client): TemplateApi {
  return {
    push: (input) => push(client, input),
    list: () => client.ask('templates.list'),
    versions: (name) => client.ask('templates.versions', { name }),
    show: (name) => client.ask('templates.show', { name }),
    promote: (name, number) => client.ask('templates.promote', { name, number }),
    deprecate: (name, deprecated) => client.ask('templates.deprecate', { name, deprecated }),
    delete: (name, options) => client.follow('templates.delete', { name }, listenerOf(options)),
    presets: (template) => client.ask('templates.presets', { template }),
  };
}

/** Sends the folder; what it is made of is decided here, as for a push on the same host. */
async function push(client: Client, input: PushInput): Promise<PushReport> {
  const { files } = await collectTemplate(input.dir);
  const sent = await Promise.all(
    files.map(async ({ path, absolute, executable }) => ({ path, executable, data: await readFile(absolute, 'base64') })),
  );
  const variables = await Promise.all(
    input.variables.map(async (one) => ('file' in one ? { file: basename(one.file), data: await readVariables(one.file) } : one)),
  );
  const { message, activate } = input;
  const inputs = {
    name: input.name ?? basename(resolve(input.dir)),
    files: sent,
    variables,
    message,
    activate,
    static: input.static,
  };
  return client.follow('templates.push', inputs, { signal: input.signal, onStep: input.onProgress });
}

const readVariables = (file: string): Promise<string> =>
  readFile(file, 'base64').catch((cause: unknown) => {
    throw new UserError('var_file_unreadable', `variable file ${file} cannot be read`, { cause });
  });

function remotePools(client: Client): PoolApi {
  return {
    plan: (pool) => client.ask('pools.plan', { pool }),
    reconcile: (options) => {
      const { pool, timeoutMs } = options;
      return client.follow('pools.reconcile', { pool, timeoutMs, ...sessions(options) }, listenerOf(options));
    },
    watch: () => Promise.reject(onTheServer('reconcile --watch')),
    status: (pool) => client.ask('pools.status', { pool }),
    history: (hours) => client.ask('pools.history', { hours }),
    isPaused: () => client.ask('pools.paused'),
    setPaused: (paused, pool) => client.ask('pools.pause', { paused, pool }),
    retry: (pool) => client.ask('pools.retry', { pool }),
    drain: (pool, options) => client.follow('pools.drain', { pool, wait: options.wait }, listenerOf(options)),
    invalidate: (target, options) => {
      const { rolling, wait } = options;
      return client.follow('pools.invalidate', { target, rolling, wait }, listenerOf(options));
    },
    prune: (options) => client.follow('pools.prune', { pool: options.pool, dryRun: options.dryRun }, listenerOf(options)),
  };
}

function remoteWorkspaces(client: Client, options: ClientOptions): WorkspaceApi {
  const operate =
    (id: 'workspaces.start' | 'workspaces.stop' | 'workspaces.restart' | 'workspaces.update') =>
    (name: string, run: RunOptions & { readonly params?: readonly string[] }) =>
      client.follow<never>(id, { ...place(name), params: run.params, ...sessions(run) }, listenerOf(run));
  return {
    claim: (input) => claim(client, options, input),
    waiting: () => client.ask('claims.waiting'),
    cancelWaiting: (name) => client.ask('claims.cancel', place(name)),
    list: (search) => client.ask('workspaces.list', { search }),
    show: (name) => client.ask('workspaces.show', place(name)),
    history: (name) => client.ask('workspaces.history', place(name)),
    logs: (name, { build, follow, onLine, signal }) =>
      client.follow('workspaces.logs', { ...place(name), build, follow }, { onLine, signal }),
    agentLogs: (name, { onLine, signal, ...input }) =>
      client.follow('workspaces.agentLogs', { ...place(name), ...input }, { onAgentLine: onLine, signal }),
    start: operate('workspaces.start'),
    stop: operate('workspaces.stop'),
    restart: operate('workspaces.restart'),
    update: operate('workspaces.update'),
    rename: (name, newName, run) =>
      client.follow('workspaces.rename', { ...place(name), newName, force: run.force, ...sessions(run) }, listenerOf(run)),
    extend: (name, ms) => client.ask('workspaces.extend', { ...place(name), ms }),
    delete: (name, run) =>
      client.follow('workspaces.delete', { ...place(name), force: run.force, ...sessions(run) }, listenerOf(run)),
    orphan: (name, run) => client.follow('workspaces.orphan', { ...place(name), ...sessions(run) }, listenerOf(run)),
    hold: (name, held, reason) => client.ask('workspaces.hold', { ...place(name), held, reason }),
    connect: (name) => client.ask('workspaces.connect', place(name)),
  };
}

/** A claim always has a request id here: after a broken connection the same one is asked for again, and joins what was begun (spec 6.7). */
async function claim(client: Client, { ids, clock }: ClientOptions, input: ClaimInput): Promise<ClaimAnswer> {
  const { onProgress, onStep, signal, providerSession, requestId = `remote-${ids.uuid()}`, ...rest } = input;
  const inputs = { ...rest, requestId, ...sessions({ providerSession }) };
  let brokeAt: number | undefined;
  for (;;) {
    try {
      return await client.follow('claims.create', inputs, { onProgress, onStep, signal });
    } catch (error) {
      const code = String((error as { code?: unknown }).code);
      brokeAt = lastThere(code, brokeAt, clock.monotonic());
      // A server that was never there is no broken connection: the address is wrong.
      const inTime = brokeAt !== undefined && clock.monotonic() - brokeAt < COMES_BACK_MS;
      if (!AWAY.has(code) || !inTime || signal?.aborted === true) throw error;
      onStep?.('the connection broke; asking again');
      await clock.sleep(TRY_AGAIN_MS, signal);
    }
  }
}

/** When the server was last known to be there; one that is going down says so for as long as it is. */
const lastThere = (code: string, before: number | undefined, now: number): number | undefined =>
  code === 'connection_broke' ? now : code === 'going_down' ? (before ?? now) : before;

/** Failures of a server that is being started again. */
const AWAY: ReadonlySet<string> = new Set(['connection_broke', 'server_unreachable', 'going_down']);
/** How long a server that was there may take to come back. */
const COMES_BACK_MS = 30_000;
const TRY_AGAIN_MS = 1000;

function remotePeople(client: Client): PeopleApi {
  return {
    groups: () => client.ask('groups.list'),
    group: (name) => client.ask('groups.show', { name }),
    createGroup: (name, quota) => client.ask('groups.create', { name, quota }),
    editGroup: (name, quota) => client.ask('groups.edit', { name, quota }),
    changeMembers: (name, change) => client.ask('groups.members', { name, ...change }),
    deleteGroup: (name) => client.ask('groups.delete', { name }),
    users: () => client.ask('users.list'),
    user: (name) => client.ask('users.show', { name }),
    createUser: (input) => client.ask('users.create', { ...input }),
    quota: (user) => client.ask('quota', { user }),
    organizations: () => client.ask('organizations.list'),
    createOrganization: (name) => client.ask('organizations.create', { name }),
  };
}

const remoteKeep = (client: Client): KeepApi => ({
  backup: () => Promise.reject(onTheServer('a backup')),
  collect: ({ dryRun }) => client.ask('gc', { dryRun }),
});
