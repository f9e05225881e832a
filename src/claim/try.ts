import { describeReplacement, rebuilt } from '../domain/guard.ts';
import { quotaExceeded } from '../domain/quota.ts';
import type { Claim, PlannedChange } from '../domain/types.ts';
import { EngineError, InterruptedError, UserError } from '../kit/errors.ts';
import type { BuildEnd } from '../workspace/conclude.ts';
import type { GuardVerdict } from '../workspace/deps.ts';
import { driveBuild } from '../workspace/drive.ts';
import { probeOnce } from '../workspace/probe.ts';
import type { ClaimDeps } from './deps.ts';
import type { ClaimOptions, ClaimRequest, Miss } from './request.ts';
import type { Reserved } from './wait.ts';

/** Prebuilds tried before the claim falls to a cold build (spec 6.5). */
export const MAX_TRIES = 2;

/** Checks, plans, guards and applies one reserved prebuild. */
export async function takePrebuild(
  deps: ClaimDeps,
  claim: Claim,
  request: ClaimRequest,
  options: ClaimOptions,
  phases: Record<string, number>,
  reserved: Reserved,
): Promise<BuildEnd> {
  const policy = deps.policyOf(request.template.name, request.preset?.name);
  const { workspace } = reserved;
  const checkedAt = workspace.healthAt ?? workspace.readyAt ?? 0;
  const old = workspace.healthFailures > 0 || deps.clock.now() - checkedAt > policy.healthIntervalMs;
  if (old && policy.probe !== undefined) {
    const startedAt = deps.clock.monotonic();
    const health = await probeOnce(policy.probe, workspace);
    phases['check'] = deps.clock.monotonic() - startedAt;
    if (!health.healthy) {
      await deps.store.releaseClaim(claim.id, `its probe failed: ${health.reason}`, { dead: true });
      return {
        state: 'failed',
        started: false,
        failure: { errorClass: 'environment', message: health.reason, address: undefined },
      };
    }
  }
  options.onStep?.(`claiming ${workspace.name}`);
  return driveBuild(deps, reserved.build, {
    signal: options.signal,
    onProgress: options.onProgress,
    providerSession: options.providerSession,
    checkAlive: old && policy.probe === undefined,
    onPhase: (phase, ms) => {
      phases[phase] = ms;
    },
    guard: policy.onReplace === 'refuse' ? (changes) => refuseReplacement(deps, claim, changes) : undefined,
  });
}

/** `on_replace: refuse` (spec 6.3): what would be rebuilt is left untouched. Under `allow` nobody looks, and the answer tells. */
async function refuseReplacement(deps: ClaimDeps, claim: Claim, changes: readonly PlannedChange[]): Promise<GuardVerdict> {
  const replaced = rebuilt(changes);
  if (replaced.length > 0) {
    return { go: false, reason: `it would be rebuilt: ${replaced.map(describeReplacement).join('; ')}` };
  }
  const moved = await deps.store.moveClaim(claim.id, ['reserved'], 'planned');
  return moved ? { go: true } : { go: false, reason: 'the claim was taken back meanwhile' };
}

/** A parameter that depends on the owner is judged by the plan: the asker's mistake, and no reason to try another prebuild. */
export async function refuseBadParameter(deps: ClaimDeps, claim: Claim, request: ClaimRequest, end: BuildEnd): Promise<void> {
  if (end.state !== 'failed' || end.started || end.failure.address?.includes('data.coder_parameter.') !== true) return;
  if ((request.version.facts.ownerParameters ?? []).length === 0) return;
  await deps.store.moveClaim(claim.id, ['new'], 'failed', { missReason: end.failure.message });
  throw new UserError('bad_parameter', end.failure.message, { hint: `see \`prebuilds template show ${request.template.name}\`` });
}

/** What a try that did not serve means for its claim: the reason for the next step, or the end of the claim. */
export function judgeTry(
  deps: ClaimDeps,
  claim: Claim,
  request: ClaimRequest,
  end: Exclude<BuildEnd, { state: 'succeeded' }>,
): Miss {
  switch (end.state) {
    case 'failed':
      deps.logger.warn('coderd.prebuilds: failed to claim prebuild', {
        template: request.template.name,
        reason: end.failure.message,
      });
      if (end.overQuota !== undefined) throw quotaExceeded(end.overQuota);
      if (!end.started) return { missReason: end.failure.message, missCode: 'not_applied' };
      throw new EngineError(
        'claim_failed',
        `the claim of ${request.name} failed after something was changed: ${end.failure.message}`,
        {
          hint: `its workspace is in quarantine; see \`prebuilds history ${request.owner.username}/${request.name}\``,
        },
      );
    case 'canceled':
      return { missReason: end.reason, missCode: end.refused ? 'refused' : 'not_applied' };
    case 'detached':
      throw new InterruptedError(`the claim of ${request.name} continues`, {
        hint: `the same command again, or the next \`prebuilds reconcile\`, ends it`,
      });
    case 'lost':
      return { missReason: `another process took over (claim ${claim.id})`, missCode: 'not_applied' };
  }
}
