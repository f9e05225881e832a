import { refusalText, type QuotaRefusal, type QuotaVerdict } from '../domain/quota.ts';
import { homePaths } from '../kit/paths.ts';
import { messageOf } from '../kit/errors.ts';
import { finishFailed, type BuildEnd } from './conclude.ts';
import type { Operation, WorkspaceDeps } from './deps.ts';
import type { Driving } from './engine-run.ts';
import { removePlan } from './plan-runs.ts';
import { discardFolder } from './trash.ts';

/** Coder's code of a build over budget: what `status` shows as the error of the pool (spec 5.9). */
const INSUFFICIENT = 'INSUFFICIENT_QUOTA';

/**
 * Whether the plan of this build must be asked for its cost before it is applied. Stops and deletes only make a workspace cheaper, and
 * an organisation without allowances has no quotas.
 */
export function needsQuota(deps: WorkspaceDeps, { build, template }: Operation): Promise<boolean> {
  return build.transition === 'start' ? deps.store.hasQuotas(template.organizationId) : Promise.resolve(false);
}

/**
 * Between plan and apply: holds what the plan costs, or ends the build because the owner's budget does not hold it (SM section 2,
 * "planning"). undefined = go on.
 */
export async function refuseOverQuota(deps: WorkspaceDeps, driving: Driving, plan: string): Promise<BuildEnd | undefined> {
  if (!(await needsQuota(deps, driving.operation))) return undefined;
  let verdict: QuotaVerdict | undefined;
  try {
    verdict = await judge(deps, driving, plan);
  } catch (error) {
    await removePlan(plan);
    return finishFailed(deps, driving, { errorClass: 'environment', message: messageOf(error), address: undefined });
  }
  if (verdict?.go === true) return undefined;
  await removePlan(plan);
  return verdict === undefined ? { state: 'lost' } : finishRefused(deps, driving, verdict.refusal);
}

async function judge(deps: WorkspaceDeps, driving: Driving, plan: string): Promise<QuotaVerdict | undefined> {
  const { build } = driving.operation;
  const engine = deps.engine.engineOf(build);
  const cost = await deps.engine.plannedCost({ engine, cwd: driving.paths.work, env: driving.env, plan });
  return deps.store.holdQuota(build.id, cost);
}

/** A claim gives its prebuild back, a prebuild fails, a person's workspace is as it was; one that never was leaves no folder. */
async function finishRefused(deps: WorkspaceDeps, driving: Driving, overQuota: QuotaRefusal): Promise<BuildEnd> {
  const { build, workspace } = driving.operation;
  const message = `${INSUFFICIENT}: ${refusalText(overQuota)}`;
  driving.report('failed', undefined, message);
  const done =
    build.stage === 'claim' && workspace.claimId !== undefined
      ? await deps.store.releaseClaim(workspace.claimId, message)
      : await deps.store.finishBuild(build.id, { state: 'failed', error: message, errorClass: 'capacity', refused: 'quota' });
  if (!done) return { state: 'lost' };
  const after = await deps.store.getWorkspace(workspace.id);
  if (after.phase === 'deleted') await discardFolder(driving.paths.folder, homePaths(deps.home).trash, workspace.id);
  return { state: 'failed', failure: { errorClass: 'capacity', message, address: undefined }, started: false, overQuota };
}
