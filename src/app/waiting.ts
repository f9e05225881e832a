import { placeInLine } from '../claim/wait.ts';
import type { Claim } from '../domain/types.ts';
import type { WaitingView } from '../api/app.ts';
import type { Context } from './context.ts';
import { ownerIn } from './names.ts';

/** Claims that wait in line, oldest first. */
export async function listWaiting(context: Context): Promise<readonly WaitingView[]> {
  const claims = await context.store.openClaims();
  return Promise.all(claims.filter(({ state }) => state === 'waiting').map((claim) => toView(context, claim, claims)));
}

/** One waiting claim with its place. */
export const viewOfWaiting = async (context: Context, claim: Claim): Promise<WaitingView> =>
  toView(context, claim, await context.store.openClaims());

async function toView({ store }: Context, claim: Claim, claims: readonly Claim[]): Promise<WaitingView> {
  const [owner, template, preset] = await Promise.all([
    store.getPerson(claim.ownerId),
    store.getTemplate(claim.templateId),
    claim.presetId === undefined ? undefined : store.getPreset(claim.presetId),
  ]);
  return {
    claimId: claim.id,
    owner: owner.username,
    name: claim.name,
    template: template.name,
    preset: preset?.name,
    before: placeInLine(claims, claim),
    since: claim.createdAt,
    deadlineAt: claim.deadlineAt,
    detached: claim.detached,
  };
}

/** The waiting claim of this name (`owner/name`, or the caller's `name`). */
export async function findWaiting(context: Context, name: string): Promise<WaitingView | undefined> {
  const owner = ownerIn(context.caller, name).toLowerCase();
  const wanted = name.slice(name.indexOf('/') + 1).toLowerCase();
  return (await listWaiting(context)).find((one) => one.name.toLowerCase() === wanted && one.owner.toLowerCase() === owner);
}

/** Takes a waiting claim out of the line; undefined when no claim of this name waits. */
export async function cancelWaiting(context: Context, name: string): Promise<WaitingView | undefined> {
  const found = await findWaiting(context, name);
  if (found === undefined) return undefined;
  const canceled = await context.store.moveClaim(found.claimId, ['waiting'], 'canceled', {
    missReason: 'canceled while it waited',
  });
  return canceled ? found : undefined;
}
