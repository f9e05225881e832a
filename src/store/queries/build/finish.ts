import type { BuildRow, WorkspaceRow } from '../../schema.ts';
import { found, write, type Session, type Tx } from '../../session.ts';
import { serveWarm } from '../claim/serve.ts';
import { workspaceRow } from '../workspace/change.ts';
import { endBuild, type Outcome } from './end.ts';
import { finishDelete, finishStop } from './finish-delete.ts';
import { finishStart } from './finish-start.ts';
import { buildRow } from './read.ts';

/**
 * The end of a build in one transaction: the build's own row, what follows for its workspace (W5, W6, W12, W17, W18, W20, W25), a
 * cold claim that waited for it, counters and events. false = the build ended already, or cannot end so from where it is.
 */
export function finishBuild(session: Session, buildId: string, outcome: Outcome): Promise<boolean> {
  return write(session, async (tx) => {
    const build = found(await buildRow(tx.db, buildId), 'build', buildId);
    const workspace = found(await workspaceRow(tx, build.workspace_id), 'workspace', build.workspace_id);
    if (!(await endBuild(tx, build, workspace, outcome))) return false;
    if (outcome.state !== 'succeeded') await addSuspects(tx, build, workspace, outcome.suspects ?? []);
    await follow(tx, build, workspace, outcome);
    return true;
  });
}

async function follow(tx: Tx, build: BuildRow, workspace: WorkspaceRow, outcome: Outcome): Promise<void> {
  switch (build.transition) {
    case 'start':
      if (build.stage !== 'claim') return finishStart(tx, build, workspace, outcome);
      // A claim build that failed leaves its workspace to releaseClaim (W10) or quarantineClaim (W13): they know what had started.
      return outcome.state === 'succeeded' ? serveWarm(tx, build, workspace) : undefined;
    case 'stop':
      return finishStop(tx, workspace, outcome);
    case 'delete':
      return finishDelete(tx, workspace, outcome);
  }
}

/** Addresses that may exist outside every state (SM R5): kept until somebody resolves them. */
async function addSuspects(
  tx: Tx,
  build: BuildRow,
  workspace: WorkspaceRow,
  suspects: readonly { address: string; type: string }[],
): Promise<void> {
  for (const { address, type } of suspects) {
    await tx.db
      .insertInto('suspect')
      .values({ id: tx.ids.uuid(), workspace_id: workspace.id, build_id: build.id, address, type, state: 'open', at: tx.now })
      .execute();
  }
}
