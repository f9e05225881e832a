import type { Workspace } from '../domain/types.ts';
import { driveBuild } from '../workspace/drive.ts';
import { isAbandoned, repairBuild } from '../workspace/repair.ts';
import type { RunOptions } from '../api/app.ts';
import { actorOf, type Context } from './context.ts';
import { driveOptions } from './drive-options.ts';

/**
 * Destroys a workspace for the person who asks, after repairing what a killed process left of it. false = it changed hands meanwhile,
 * somebody works on it, or its destroy failed.
 */
export async function destroyNow(context: Context, workspace: Workspace, reason: string, options: RunOptions): Promise<boolean> {
  const { store, config, pool } = context;
  const live = await store.liveBuild(workspace.id);
  if (live !== undefined && isAbandoned(live)) await repairBuild(pool, live, driveOptions(context, options));
  const queued = await store.queueBuild({
    workspaceId: workspace.id,
    transition: 'delete',
    stage: 'none',
    reason,
    initiator: await actorOf(context),
    requireOwnerId: workspace.ownerId,
    accessUrl: config.accessUrl,
    driver: pool.me,
  });
  if (queued === undefined) return false;
  const end = await driveBuild(pool, queued.build, driveOptions(context, options));
  return end.state === 'succeeded';
}
