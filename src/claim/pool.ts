import { describeReplacement } from '../domain/guard.ts';
import { isPrebuild, type Claim, type MissCode, type Preset } from '../domain/types.ts';
import type { ClaimDeps } from './deps.ts';
import { handOver } from './hand-over.ts';
import { poolName, type ClaimOptions, type ClaimOutcome, type ClaimRequest, type Miss } from './request.ts';
import { judgeTry, MAX_TRIES, refuseBadParameter, takePrebuild } from './try.ts';
import { nextPrebuild } from './wait.ts';

interface PoolTry {
  /** `elsewhere` = another process serves this claim, or ended it; undefined = the pool does not serve it. */
  readonly outcome: ClaimOutcome | 'elsewhere' | undefined;
  readonly miss: Miss;
}

/** Takes a prebuild for the claim, the next one when the first cannot be used (spec 6.5), and waits in line if asked to. */
export async function tryPool(
  deps: ClaimDeps,
  claim: Claim,
  request: ClaimRequest,
  options: ClaimOptions,
  phases: Record<string, number>,
): Promise<PoolTry> {
  const preset = servingPreset(request);
  if ('miss' in preset) return preset;
  const tried: string[] = [];
  let miss: Miss = { missReason: 'no prebuild is ready', missCode: 'empty' };
  while (tried.length < MAX_TRIES && options.signal?.aborted !== true) {
    const policy = deps.policyOf(request.template.name, preset.name);
    const refuseUnsafe = policy.onReplace === 'refuse';
    const rolling = policy.rollout === 'rolling';
    const asked = { presetId: preset.id, pool: poolName(request), wait: request.wait, refuseUnsafe, rolling, tried, phases };
    const reserved = await nextPrebuild(deps, claim, { ...asked, signal: options.signal, onStep: options.onStep });
    if (reserved === 'queued') return { outcome: await stillWaiting(deps, claim), miss };
    if (reserved === 'elsewhere') return { outcome: 'elsewhere', miss };
    if (reserved === 'none') {
      if (tried.length === 0) miss = await whyNone(deps, preset, refuseUnsafe, request.wait !== undefined);
      break;
    }
    tried.push(reserved.workspace.id);
    deps.logger.info('coderd.prebuilds: attempting to claim prebuild', {
      template: request.template.name,
      preset: preset.name,
      prebuild: reserved.workspace.name,
      owner: request.owner.username,
    });
    const end = await takePrebuild(deps, claim, request, options, phases, reserved);
    if (end.state === 'succeeded') return { outcome: await handOver(deps, claim, request, phases, end.changes), miss };
    await refuseBadParameter(deps, claim, request, end);
    miss = judgeTry(deps, claim, request, end);
  }
  return { outcome: undefined, miss };
}

const stillWaiting = async (deps: ClaimDeps, claim: Claim): Promise<ClaimOutcome> => ({
  claim: await deps.store.getClaim(claim.id),
  workspace: undefined,
  repeated: false,
});

/** Why nothing was eligible, in words. */
async function whyNone(deps: ClaimDeps, preset: Preset, refuseUnsafe: boolean, waited: boolean): Promise<Miss> {
  const ready = refuseUnsafe ? await deps.store.listWorkspaces({ presetId: preset.id, status: 'ready' }) : [];
  const unsafe = ready.find((one) => isPrebuild(one) && one.claimSafety === 'unsafe');
  if (unsafe !== undefined) {
    return {
      missReason: `its prebuilds would be rebuilt: ${unsafe.unsafeChanges.map(describeReplacement).join('; ')}`,
      missCode: 'refused',
    };
  }
  return { missReason: waited ? 'no prebuild was ready in time' : 'no prebuild is ready', missCode: 'empty' };
}

/** The preset whose pool may serve the request, or why none may. */
function servingPreset({ preset, presetReason, noPool, poolMismatch }: ClaimRequest): Preset | PoolTry {
  if (noPool) return missed('the pool was not asked (--no-pool)');
  if (preset === undefined) return missed(presetReason, 'no_preset');
  if (poolMismatch !== undefined) return missed(poolMismatch, 'parameters');
  return preset.hasPrebuilds ? preset : missed(`preset ${preset.name} has no prebuilds`, 'no_prebuilds');
}

const missed = (missReason: string, missCode?: MissCode): PoolTry => ({
  outcome: undefined,
  miss: missCode === undefined ? { missReason } : { missReason, missCode },
});
