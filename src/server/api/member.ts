import type {
  App,
  AuditApi,
  PoolApi,
  SweepApi,
  TemplateApi,
  WorkspaceApi,
  WorkspaceHistory,
  WorkspaceView,
} from '../../api/app.ts';
import type { PeopleApi } from '../../api/people.ts';
import type { TokenApi } from '../../api/tokens.ts';
import type { EventRow, Person } from '../../domain/types.ts';
import { UserError } from '../../kit/errors.ts';
import { forbidden, onlyThese } from './refusal.ts';

/**
 * The application as a member may use it: templates and pools to look at, claims for oneself, and one's own workspaces. What belongs to others is
 * answered as if it were not there, so that names cannot be guessed.
 */
export function asMember(app: App, person: Person): App {
  const { templates, pools } = app;
  return {
    home: '',
    templates: onlyThese<TemplateApi>(
      {
        list: () => templates.list(),
        show: (name) => templates.show(name),
        versions: (name) => templates.versions(name),
        presets: (name) => templates.presets(name),
      },
      'changing a template',
    ),
    pools: onlyThese<PoolApi>(
      {
        // Who parked a prebuild and why is between operators; how many are parked is not.
        status: async (pool) => (await pools.status(pool)).map((one) => ({ ...one, heldPrebuilds: [] })),
        plan: (pool) => pools.plan(pool),
        history: (hours) => pools.history(hours),
        isPaused: () => pools.isPaused(),
      },
      'changing a pool',
    ),
    workspaces: ownWorkspaces(app.workspaces, person),
    audit: ownEvents(app.audit, person),
    people: ownPerson(app.people, person),
    tokens: onlyThese<TokenApi>({}, 'tokens'),
    serve: () => Promise.reject(forbidden('serve')),
    hooks: onlyThese({}, 'notifications'),
    // What the host has beyond the workspaces is nothing to a member; `status` asks for it in passing.
    sweeps: onlyThese<SweepApi>(
      {
        last: () => Promise.resolve([]),
        suspects: async () => (await app.sweeps.suspects()).filter(({ workspace }) => isOwn(workspace, person)),
      },
      'sweeping',
    ),
    keep: onlyThese({}, 'keeping the home'),
    doctor: () => Promise.reject(forbidden('doctor')),
    metrics: (version) => app.metrics(version),
    why: async (name) => {
      const answers = (await app.why(name).catch(withoutNames)).filter(
        ({ kind, name: of }) => kind === 'pool' || isOwn(of, person),
      );
      if (name === undefined || answers.length > 0) return answers;
      throw new UserError('unknown_name', `"${name}" is no pool, and no workspace or claim in line of yours`, {
        hint: 'see `prebuilds status` and `prebuilds list`',
      });
    },
    cronLine: () => '',
    close: () => Promise.resolve(),
  };
}

const isOwn = (fullName: string | undefined, person: Person): boolean =>
  fullName !== undefined && fullName.toLowerCase().startsWith(`${person.username.toLowerCase()}/`);

const notThere = (name: string): UserError =>
  new UserError('unknown_workspace', `there is no workspace "${name}"`, { hint: 'see `prebuilds list`' });

/** Whether nobody or others have the name: that is theirs to know. */
function withoutNames(error: unknown): readonly [] {
  if (error instanceof UserError && (error.code === 'ambiguous_name' || error.code === 'unknown_name')) return [];
  throw error;
}

/** A prebuild that one is claiming is shown as what it will be, so that it can be asked for by that name. */
function asOwn<View extends WorkspaceView>(view: View, { id, username }: Person): View {
  const { claimant, workspace } = view;
  if (claimant?.owner !== username) return view;
  return { ...view, workspace: { ...workspace, ownerId: id, ownerName: username, name: claimant.name } };
}

function ownWorkspaces(all: WorkspaceApi, person: Person): WorkspaceApi {
  /** `owner/name` of one's own; any other owner has none. */
  const own = (name: string): string => {
    const full = name.includes('/') ? name : `${person.username}/${name}`;
    if (isOwn(full, person)) return full;
    throw notThere(name);
  };
  return {
    claim: async (input) => {
      if (input.owner !== undefined && input.owner.toLowerCase() !== person.username.toLowerCase()) {
        throw forbidden('claiming for somebody else');
      }
      return all.claim({ ...input, owner: undefined });
    },
    waiting: async () => (await all.waiting()).filter(({ owner }) => owner === person.username),
    cancelWaiting: async (name) => all.cancelWaiting(own(name)),
    list: async (search) =>
      (await all.list(search)).map((view) => asOwn(view, person)).filter(({ workspace }) => workspace.ownerId === person.id),
    show: async (name) => {
      const detail = asOwn(await all.show(own(name)), person);
      // A claim under way may have lost its prebuild to another one between two looks.
      if (detail.workspace.ownerId !== person.id) throw notThere(name);
      return detail;
    },
    history: async (name) => ownHistory(await all.history(own(name)), person),
    logs: async (name, options) => all.logs(own(name), options),
    agentLogs: async (name, input) => all.agentLogs(own(name), input),
    start: async (name, options) => all.start(own(name), options),
    stop: async (name, options) => all.stop(own(name), options),
    restart: async (name, options) => all.restart(own(name), options),
    update: async (name, options) => all.update(own(name), options),
    rename: async (name, newName, options) => all.rename(own(name), newName, options),
    extend: async (name, ms) => all.extend(own(name), ms),
    orphan: () => Promise.reject(forbidden('leaving behind what a workspace has')),
    delete: async (name, options) => {
      if (options.force) throw forbidden('deleting by force');
      return all.delete(own(name), options);
    },
    hold: () => Promise.reject(forbidden('holding a prebuild')),
    connect: async (name) => all.connect(own(name)),
  };
}

/** Without the claims of others that tried the same prebuild: their names and parameters are theirs. */
function ownHistory(history: WorkspaceHistory, person: Person): WorkspaceHistory {
  const claims = history.claims.filter(({ ownerId }) => ownerId === person.id);
  const ids = new Set(claims.map(({ id }) => id));
  return {
    ...history,
    claims,
    tries: history.tries.filter(({ claimId }) => ids.has(claimId)),
    events: history.events.filter(({ claimId }) => claimId === undefined || ids.has(claimId)),
  };
}

/** What one did oneself, and events of one's own workspaces; what claims of others tried with them before is theirs. */
export const isOwnEvent = (row: EventRow, person: Person): boolean =>
  row.actor === person.username || (row.owner === person.username && row.claimId === undefined);

/** Read in pages: who asks for ten gets ten of their own, however many of others come between. */
const ownEvents = (audit: AuditApi, person: Person): AuditApi => ({
  events: async ({ after, limit = Number.MAX_SAFE_INTEGER, sinceAt }) => {
    const own: EventRow[] = [];
    for (let from = after; own.length < limit;) {
      const page = await audit.events({ after: from, sinceAt, limit: PAGE });
      own.push(...page.filter((row) => isOwnEvent(row, person)));
      if (page.length < PAGE) break;
      from = page.at(-1)?.seq;
    }
    return own.slice(0, limit);
  },
});

const PAGE = 5000;

const ownPerson = (people: PeopleApi, person: Person): PeopleApi =>
  onlyThese<PeopleApi>(
    {
      quota: async (user) => {
        if (user !== undefined && user.toLowerCase() !== person.username.toLowerCase()) throw forbidden('the quota of others');
        return people.quota();
      },
      user: async (name) => {
        if (name.toLowerCase() !== person.username.toLowerCase()) throw forbidden('the details of others');
        return people.user(name);
      },
    },
    'people and groups',
  );
