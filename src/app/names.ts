import { SYSTEM_USER, type Template, type Workspace } from '../domain/types.ts';
import { ConflictError, UserError } from '../kit/errors.ts';
import type { Claimant, Store } from '../store/store.ts';
import { callerName, type CallerInput } from './identity.ts';

export interface Found {
  readonly workspace: Workspace;
  /** Set when it was found by the name that it gets when the claim of it is done. */
  readonly claimant: Claimant | undefined;
}

/**
 * The workspace that a verb is for: NAME is `owner/name`, or `name` if it is the caller's or unambiguous (spec 3). ConflictError while it is being
 * claimed under this name: until that is done it is the pool's.
 */
export async function findWorkspace(store: Store, caller: CallerInput, name: string): Promise<Workspace> {
  const { workspace, claimant } = await lookUpWorkspace(store, caller, name);
  if (claimant === undefined) return workspace;
  const full = `${claimant.owner}/${claimant.name}`;
  throw new ConflictError('being_claimed', `${full} is being claimed, so this is not possible yet`, {
    hint: `try again when the claim is done; see \`prebuilds show ${full}\``,
  });
}

/** The workspace that a question is about, also while a claim of it is under way that gives it this name. */
export async function lookUpWorkspace(store: Store, caller: CallerInput, name: string): Promise<Found> {
  const at = name.indexOf('/');
  const wanted = name.slice(at + 1);
  // In this order: a claim that is done between the two looks is found by the second one.
  const claimants = await store.claimants({ named: wanted });
  const named = (await store.listWorkspaces({ named: wanted })).map((workspace): Named => ({
    full: `${workspace.ownerName}/${workspace.name}`,
    owner: workspace.ownerName,
    get: () => Promise.resolve({ workspace, claimant: undefined }),
  }));
  const claimed = claimants.map((claimant): Named => ({
    full: `${claimant.owner}/${claimant.name}`,
    owner: claimant.owner,
    get: async () => ({ workspace: await store.getWorkspace(claimant.workspaceId), claimant }),
  }));
  try {
    return await choose([...named, ...claimed], caller, name).get();
  } catch (error) {
    if (error instanceof UserError && error.code === 'unknown_workspace')
      await refuseWaiting(store, ownerIn(caller, name), wanted);
    throw error;
  }
}

/** Whose a name is: `owner/name` says it, else it is the caller's. */
export const ownerIn = (caller: CallerInput, name: string): string =>
  name.includes('/') ? name.slice(0, name.indexOf('/')) : callerName(caller);

/** It will be a workspace: the claim that makes it one waits in line. */
async function refuseWaiting(store: Store, owner: string, wanted: string): Promise<void> {
  const waiting = (await store.openClaims()).filter(
    (claim) => claim.state === 'waiting' && claim.name.toLowerCase() === wanted.toLowerCase(),
  );
  for (const { ownerId, name } of waiting) {
    const { username } = await store.getPerson(ownerId);
    if (username.toLowerCase() !== owner.toLowerCase()) continue;
    throw new UserError('unknown_workspace', `${username}/${name} is no workspace yet: its claim waits in line`, {
      hint: `see \`prebuilds why ${username}/${name}\`; \`prebuilds delete ${username}/${name}\` takes it out of the line`,
    });
  }
}

interface Named {
  readonly full: string;
  readonly owner: string;
  readonly get: () => Promise<Found>;
}

function choose(all: readonly Named[], caller: CallerInput, name: string): Named {
  const at = name.indexOf('/');
  const owner = ownerIn(caller, name).toLowerCase();
  const owned = all.find((one) => one.owner.toLowerCase() === owner);
  if (owned !== undefined) return owned;
  const [only, ...others] = at < 0 ? new Map(all.toReversed().map((one) => [one.full.toLowerCase(), one])).values() : [];
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    const full = [only, ...others].map((one) => one.full).join(', ');
    throw new UserError('ambiguous_name', `"${name}" is the name of several workspaces: ${full}`, { hint: 'write owner/name' });
  }
  throw new UserError('unknown_workspace', `there is no workspace "${name}"`, { hint: 'see `prebuilds list`' });
}

export async function findTemplate(store: Store, name: string): Promise<Template> {
  const template = await store.findTemplate(name);
  if (template !== undefined) return template;
  const known = (await store.listTemplates()).map((one) => one.name);
  throw new UserError('unknown_template', `there is no template "${name}"`, {
    hint: known.length === 0 ? 'push one with `prebuilds template push DIR`' : `known: ${known.join(', ')}`,
  });
}

/**
 * A prebuild has one lifecycle owner, the pool: people's verbs are refused on it (spec 2). One that is held is out of its hands, so that it can
 * be started again (SM W21).
 */
export function refuseOnPrebuild(workspace: Workspace, verb: 'start' | 'restart' | 'update' | 'rename' | 'extend'): void {
  if (workspace.ownerId !== SYSTEM_USER.id) return;
  if (workspace.heldAt !== undefined && (verb === 'start' || verb === 'restart')) return;
  throw new UserError('is_a_prebuild', `${workspace.name} is a prebuild: ${verb} is not possible before it is claimed`, {
    hint: 'delete it to have it replaced',
  });
}
