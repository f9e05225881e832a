import { placeInLine } from '../claim/wait.ts';
import type { Claim } from '../domain/types.ts';
import type { WaitingView } from '../api/app.ts';
import type { Context } from './context.ts';
import { callerName } from './identity.ts';

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

/** Takes a waiting claim out of the line; undefined when no claim of this name (`owner/name`, or the caller's `name`) waits. */
export async function cancelWaiting(context: Context, name: string): Promise<WaitingView | undefined> {
  const at = name.indexOf('/');
  const owner = (at < 0 ? callerName(context.caller) : name.slice(0, at)).toLowerCase();
  const wanted = name.slice(at + 1).toLowerCase();
  const found = (await listWaiting(context)).find(
    (one) => one.name.toLowerCase() === wanted && one.owner.toLowerCase() === owner,
  );
  if (found === undefined) return undefined;
  const canceled = await context.store.moveClaim(found.claimId, ['waiting'], 'canceled', {
    missReason: 'canceled while it waited',
  });
  return canceled ? found : undefined;
}
