import type { Action, PoolSnapshot } from '../domain/decide.ts';
import { SYSTEM_USER, type Build } from '../domain/types.ts';
import type { Actor } from '../store/store.ts';
import type { PoolDeps } from './deps.ts';

const SYSTEM_ACTOR: Actor = { id: SYSTEM_USER.id, username: SYSTEM_USER.username };

/**
 * Carries out one action. It holds no policy: every change is re-checked by the store in its own transaction, and a lost race (a
 * claim came first, another process created it) is a normal outcome that yields no build. Returns the builds to be driven now.
 */
export async function executeAction(
  deps: PoolDeps,
  snapshot: PoolSnapshot,
  action: Action,
  room: number,
): Promise<readonly Build[]> {
  switch (action.kind) {
    case 'create':
      return createPrebuilds(deps, snapshot, action, room);
    case 'delete':
      return deletePrebuild(deps, snapshot, action);
    case 'cancel':
      await deps.store.cancelQueued(action.workspaceId, action.reason, SYSTEM_ACTOR);
      return [];
    case 'limited':
      if (action.code === 'limited') await openBreaker(deps, snapshot, action.reason);
      return [];
    case 'backoff':
      return [];
  }
}

/** A process may have been killed between counting a failure and opening the breaker; only an open one half opens by itself. */
async function openBreaker(deps: PoolDeps, { pool }: PoolSnapshot, reason: string): Promise<void> {
  if (pool.breaker === 'open') return;
  await deps.store.setPoolBreaker(pool.templateId, pool.presetName, { breaker: 'open', nextTryAt: undefined }, reason);
}

async function createPrebuilds(
  deps: PoolDeps,
  snapshot: PoolSnapshot,
  action: Extract<Action, { kind: 'create' }>,
  room: number,
): Promise<readonly Build[]> {
  const { preset, policy } = snapshot;
  if (preset === undefined) return [];
  const parameters = await deps.prebuildParameters(preset);
  const builds: Build[] = [];
  for (let n = 0; n < Math.min(action.count, room); n += 1) {
    const created = await deps.store.createPrebuild({
      presetId: preset.id,
      slotLimit: action.slotLimit,
      name: `prebuild-${deps.ids.base32(24)}`,
      parameters,
      accessUrl: deps.accessUrl,
      reason: action.reason,
      maxSize: policy.maxSize,
      probeOpenedBefore: action.probe ? deps.clock.now() - policy.backoff.capMs : undefined,
    });
    if (created === undefined) break;
    deps.logger.info('coderd.prebuilds: attempting to create prebuild', {
      template: snapshot.templateName,
      preset: preset.name,
      prebuild: created.workspace.name,
      reason: action.reason,
    });
    builds.push(created.build);
  }
  return builds;
}

async function deletePrebuild(
  deps: PoolDeps,
  snapshot: PoolSnapshot,
  action: Extract<Action, { kind: 'delete' }>,
): Promise<readonly Build[]> {
  const queued = await deps.store.queueBuild({
    workspaceId: action.workspaceId,
    rowVersion: action.rowVersion,
    transition: 'delete',
    stage: 'none',
    reason: action.reason,
    initiator: SYSTEM_ACTOR,
    requireOwnerId: SYSTEM_USER.id,
    accessUrl: deps.accessUrl,
  });
  if (queued === undefined) return [];
  deps.logger.info('coderd.prebuilds: attempting to delete prebuild', {
    template: snapshot.templateName,
    preset: snapshot.pool.presetName,
    prebuild: queued.workspace.name,
    reason: action.reason,
  });
  return [queued.build];
}
