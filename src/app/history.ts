import type { Claim, Workspace } from '../domain/types.ts';
import { UserError } from '../kit/errors.ts';
import type { ClaimTry } from '../store/store.ts';
import type { WorkspaceHistory } from '../api/app.ts';
import type { Context } from './context.ts';
import { callerName } from './identity.ts';
import { lookUpWorkspace } from './names.ts';

/**
 * Everything that happened to a workspace: builds, claims with all their tries, events. A workspace is found by each name it had, the one that
 * has it before those that had it, and of these the last one. A claim that ended without giving its owner a workspace (quarantine, nothing to
 * claim, canceled) is found by the name it asked for.
 */
export async function historyOf(context: Context, name: string): Promise<WorkspaceHistory> {
  const { store } = context;
  const all = await store.claimsSince(0);
  const found = await find(context, name, all);
  const { workspace } = found;
  const claims = workspace === undefined ? found.claims : union(found.claims, await claimsOf(context, workspace, all));
  const ids = new Set(claims.map(({ id }) => id));
  const [builds, tries, events] = await Promise.all([
    workspace === undefined ? [] : store.listBuilds(workspace.id),
    triesOf(context, claims, workspace),
    workspace === undefined ? store.listEvents() : store.listEvents({ workspaceId: workspace.id }),
  ]);
  return { builds, claims, tries, events: workspace === undefined ? events.filter((one) => ids.has(one.claimId ?? '')) : events };
}

interface Found {
  readonly workspace: Workspace | undefined;
  readonly claims: readonly Claim[];
}

async function find(context: Context, name: string, all: readonly Claim[]): Promise<Found> {
  try {
    return { workspace: (await lookUpWorkspace(context.store, context.caller, name)).workspace, claims: [] };
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'unknown_workspace') throw error;
    const found = await findFormer(context, name, all);
    if (found === undefined) throw error;
    return found;
  }
}

async function findFormer({ store, caller }: Context, name: string, all: readonly Claim[]): Promise<Found | undefined> {
  const at = name.indexOf('/');
  const wanted = name.slice(at + 1);
  const owner = await store.findPerson(at < 0 ? callerName(caller) : name.slice(0, at));
  if (owner === undefined) return undefined;
  const claims = all.filter((claim) => claim.ownerId === owner.id && claim.name.toLowerCase() === wanted.toLowerCase());
  const [former] = await store.onceNamed(owner.id, wanted);
  const last = claims.at(-1);
  const newest = last !== undefined && last.createdAt > (former?.at ?? 0) ? last.workspaceId : former?.workspaceId;
  if (last === undefined && former === undefined) return undefined;
  return { workspace: newest === undefined ? undefined : await store.getWorkspace(newest), claims };
}

/** Claims that got this workspace, and those that tried it and got another one. */
async function claimsOf(context: Context, workspace: Workspace, all: readonly Claim[]): Promise<readonly Claim[]> {
  const tried = new Set((await context.store.triesOn(workspace.id)).map(({ claimId }) => claimId));
  return all.filter((claim) => claim.workspaceId === workspace.id || tried.has(claim.id));
}

const union = (a: readonly Claim[], b: readonly Claim[]): readonly Claim[] => [
  ...new Map([...a, ...b].map((claim) => [claim.id, claim])).values(),
];

/** All tries of the claims that got the workspace, and of the others only those on it. */
async function triesOf(
  { store }: Context,
  claims: readonly Claim[],
  workspace: Workspace | undefined,
): Promise<readonly ClaimTry[]> {
  const tries = (await Promise.all(claims.map(({ id }) => store.claimTries(id)))).flat();
  const own = new Set(claims.filter((claim) => claim.workspaceId === workspace?.id).map(({ id }) => id));
  return tries.filter((one) => workspace === undefined || own.has(one.claimId) || one.workspaceId === workspace.id);
}
