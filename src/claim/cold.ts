import { quotaExceeded } from '../domain/quota.ts';
import type { Claim, Transition, Workspace } from '../domain/types.ts';
import { ConflictError, EngineError, InterruptedError } from '../kit/errors.ts';
import type { BuildEnd } from '../workspace/conclude.ts';
import { driveBuild } from '../workspace/drive.ts';
import type { ClaimDeps } from './deps.ts';
import type { ClaimOptions, ClaimOutcome, ClaimRequest, Miss } from './request.ts';

/** Spec 6.6: nothing eligible = a cold build at once, saying so and why. */
export async function buildCold(
  deps: ClaimDeps,
  claim: Claim,
  request: ClaimRequest,
  options: ClaimOptions,
  so: { miss: Miss; phases: Record<string, number> },
): Promise<ClaimOutcome> {
  options.onStep?.(`cold build of ${request.name}: ${so.miss.missReason}`);
  await options.onCold?.();
  await deps.store.recordClaim(claim.id, so.miss);
  const { build, workspace } = await deps.store.createCold({
    templateId: request.template.id,
    versionId: request.version.id,
    presetId: request.preset?.id,
    ownerId: request.owner.id,
    name: request.name,
    parameters: request.parameters,
    accessUrl: deps.accessUrl,
    initiator: request.actor,
    claimId: claim.id,
    // Else a pass may take it for one that a killed process left, and this claim would come too late.
    driver: deps.me,
  });
  const end = await driveBuild(deps, build, {
    signal: options.signal,
    onProgress: options.onProgress,
    providerSession: options.providerSession,
    onPhase: (phase, ms) => {
      so.phases[phase] = ms;
    },
  });
  await deps.store.recordClaim(claim.id, { phases: so.phases });
  throwUnlessBuilt(end, workspace);
  const served = await deps.store.getClaim(claim.id);
  return { claim: served, workspace: await deps.store.getWorkspace(workspace.id), repeated: false };
}

/** By the phase that the workspace had when it was asked for. */
const interrupted = (full: string, { phase }: Workspace): string =>
  phase === 'queued' || phase === 'provisioning'
    ? `the build of ${full} was interrupted before anything was made`
    : `interrupted before anything was changed: ${full} is ${phase} as before`;

/** What can be done after a build that failed. */
const AGAIN: Readonly<Record<Transition, readonly string[]>> = {
  start: ['start NAME', 'delete NAME'],
  stop: ['start NAME', 'delete NAME'],
  delete: ['delete NAME', 'delete NAME --orphan'],
};

/** Turns the end of a person's build into the tool's errors; the workspace stays with its owner (spec 6.5). */
export function throwUnlessBuilt(end: BuildEnd, workspace: Workspace, transition: Transition = 'start'): void {
  const full = `${workspace.ownerName}/${workspace.name}`;
  switch (end.state) {
    case 'succeeded':
      return;
    case 'failed':
      if (end.overQuota !== undefined) throw quotaExceeded(end.overQuota);
      throw new EngineError('build_failed', `the build of ${full} failed: ${end.failure.message}`, {
        hint: `see \`prebuilds logs ${full}\`, then ${AGAIN[transition].map((verb) => `\`prebuilds ${verb.replace('NAME', full)}\``).join(' or ')}`,
      });
    case 'canceled':
      throw new InterruptedError(interrupted(full, workspace));
    case 'detached':
      throw new InterruptedError(`the build of ${full} continues`, {
        hint: `see \`prebuilds logs ${full} -f\`; the next \`prebuilds reconcile\`, or command on it, takes its result`,
      });
    case 'lost':
      throw new ConflictError('being_built', `${full} is being worked on by another process`, {
        hint: 'wait for it, then look again',
      });
  }
}
