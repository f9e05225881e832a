import { expiryDue, LONGEST_WARNING_MS } from '../domain/expiry.ts';
import { SYSTEM_USER, type Build } from '../domain/types.ts';
import type { PoolDeps } from './deps.ts';

/**
 * The time to live of claimed workspaces (spec 6.9, SM W16): the warning before the end, and at the end the deletion, whose builds are
 * given to `start`. A workspace with a live build is left to the next look.
 */
export async function endExpired(deps: PoolDeps, start: (build: Build) => void): Promise<void> {
  const now = deps.clock.now();
  for (const workspace of await deps.store.expiringWorkspaces(now + LONGEST_WARNING_MS)) {
    const { id, rowVersion, expiresAt = now } = workspace;
    const due = expiryDue(workspace, now);
    const fields = { workspace: `${workspace.ownerName}/${workspace.name}`, ends: new Date(expiresAt).toISOString() };
    if (due === 'warn' && (await deps.store.warnExpiry(id, expiresAt)))
      deps.logger.info('coderd.prebuilds: workspace ends soon', fields);
    if (due !== 'end') continue;
    const queued = await deps.store.queueBuild({
      workspaceId: id,
      rowVersion,
      transition: 'delete',
      stage: 'none',
      reason: 'claim TTL: its time is over',
      initiator: { id: SYSTEM_USER.id, username: SYSTEM_USER.username },
      accessUrl: deps.accessUrl,
    });
    if (queued === undefined) continue;
    deps.logger.info('coderd.prebuilds: workspace is over its time and is deleted', fields);
    start(queued.build);
  }
}
