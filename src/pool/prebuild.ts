import { isServedAgent } from '../domain/agent-kind.ts';
import { afterFailure } from '../domain/backoff.ts';
import { mayAskAgents, type EffectivePolicy } from '../domain/policy.ts';
import { SYSTEM_USER, type Build, type ErrorClass, type Workspace } from '../domain/types.ts';
import type { BuildEnd } from '../workspace/conclude.ts';
import type { DriveOptions } from '../workspace/drive-options.ts';
import { probeUntilHealthy } from '../workspace/probe.ts';
import { isAbandoned, repairBuild } from '../workspace/repair.ts';
import { isJudgedByAgents, waitForAgents } from './agents.ts';
import type { PoolDeps } from './deps.ts';

/** What a prebuild that was built came to: it failed to get ready, nobody can hear its agents, or it is still to be seen. */
export type Readiness = 'ready' | 'failed' | 'unheard' | 'open';

/**
 * Takes one of the pool's own builds to its end, from whatever state it is in: a new one, or one that a killed process left. A
 * created prebuild goes on through its readiness check; a failed one is counted against its pool. `unready` = it was built, but failed to get ready.
 */
export async function finishPoolBuild(
  deps: PoolDeps,
  build: Build,
  options: DriveOptions,
): Promise<BuildEnd | { state: 'unready' }> {
  await hearEarly(deps, build);
  const end = isAbandoned(build) ? await repairBuild(deps, build, options) : ({ state: 'lost' } as const);
  if (build.transition !== 'start' || build.stage !== 'create') return end;
  if (end.state === 'succeeded') {
    const readiness = await makeReady(deps, await deps.store.getWorkspace(build.workspaceId), options.signal);
    if (readiness === 'failed') return { state: 'unready' };
  }
  if (end.state === 'failed') {
    const { errorClass } = (await deps.store.getBuild(build.id)) as { errorClass: ErrorClass | undefined };
    await countFailure(deps, build.workspaceId, errorClass ?? 'transient', end.failure.message);
  }
  return end;
}

/** Agents begin while the build still runs, and one that nobody answers tries again later and later: they are heard from now on. */
async function hearEarly(deps: PoolDeps, build: Build): Promise<void> {
  if (build.transition !== 'start' || build.stage !== 'create') return;
  const { template, preset } = await namesOf(deps, await deps.store.getWorkspace(build.workspaceId));
  if (!mayAskAgents(deps.policyOf(template, preset))) return;
  const { facts } = await deps.store.getVersion(build.versionId);
  if (facts.agents.some(isServedAgent)) void deps.hearsAgents();
}

/** Readiness of spec 5.8: `auto` = the agents where they are heard, else the probe if one is configured, else provisioned. */
export async function makeReady(deps: PoolDeps, workspace: Workspace, signal?: AbortSignal): Promise<Readiness> {
  if (workspace.phase !== 'warming') return 'open';
  const { template, preset } = await namesOf(deps, workspace);
  const policy = deps.policyOf(template, preset);
  const judged = await isJudgedByAgents(deps, workspace, policy);
  // It stays as it is until a later pass can hear.
  if (judged === 'unheard') return judged;
  if (judged) return makeReadyByAgents(deps, workspace, policy, signal);
  if (policy.probe === undefined || policy.readiness === 'provisioned') {
    return ready(deps, workspace, 'provisioned');
  }
  const health = await probeUntilHealthy(policy.probe, workspace, deps.clock, signal);
  if (health.healthy) return ready(deps, workspace, 'its probe passed');
  if (signal?.aborted === true) return 'open';
  return failed(deps, workspace, { errorClass: 'template', reason: `not ready in time: ${health.reason}` });
}

const ready = async ({ store }: PoolDeps, { id }: Workspace, reason: string): Promise<Readiness> =>
  (await store.markReady(id, reason)) ? 'ready' : 'open';

async function failed(deps: PoolDeps, { id }: Workspace, why: { errorClass: ErrorClass; reason: string }): Promise<Readiness> {
  if (!(await deps.store.markFailed(id, why.reason, why.errorClass, true))) return 'open';
  await countFailure(deps, id, why.errorClass, why.reason);
  return 'failed';
}

/** W7 and W8 by what the agents say. */
async function makeReadyByAgents(
  deps: PoolDeps,
  workspace: Workspace,
  policy: EffectivePolicy,
  signal?: AbortSignal,
): Promise<Readiness> {
  deps.logger.info('coderd.prebuilds: waiting for the agents of a prebuild', { prebuild: workspace.name });
  const end = await waitForAgents(deps, workspace, { signal, timeoutMs: policy.agentTimeoutMs });
  if (end.state === 'ready') return ready(deps, workspace, 'its agents are ready');
  return end.state === 'left' ? 'open' : failed(deps, workspace, end);
}

/** Opens the breaker or sets the next try of the pool (spec 5.3); the count itself was written with the failure. */
async function countFailure(deps: PoolDeps, workspaceId: string, errorClass: ErrorClass, message: string): Promise<void> {
  const workspace = await deps.store.getWorkspace(workspaceId);
  const { template, preset } = await namesOf(deps, workspace);
  if (preset === undefined || workspace.ownerId !== SYSTEM_USER.id) return;
  const pool = await deps.store.getPool(workspace.templateId, preset);
  if (pool === undefined) return;
  const next = afterFailure(pool, errorClass, deps.policyOf(template, preset), deps.clock.now(), deps.random());
  await deps.store.setPoolBreaker(workspace.templateId, preset, next, message);
  const fields = { template, preset, failures: pool.failures, backoff_until: isoOf(next.nextTryAt), reason: message };
  if (next.breaker === 'open') deps.logger.warn('coderd.prebuilds: preset is hard limited, creating no more prebuilds', fields);
  else deps.logger.warn('coderd.prebuilds: prebuild failed, backing off', fields);
}

const isoOf = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString());

async function namesOf(deps: PoolDeps, workspace: Workspace): Promise<{ template: string; preset: string | undefined }> {
  const template = await deps.store.getTemplate(workspace.templateId);
  const preset = workspace.presetId === undefined ? undefined : await deps.store.getPreset(workspace.presetId);
  return { template: template.name, preset: preset?.name };
}
