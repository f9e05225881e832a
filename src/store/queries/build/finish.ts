import type { BuildRow, WorkspaceRow } from '../../schema.ts';
import { found, write, type Session, type Tx } from '../../session.ts';
import { followAgents } from '../agent/agent.ts';
import { settleWarming } from '../agent/warming.ts';
import { serveWarm } from '../claim/serve.ts';
import { settleCharge } from '../quota/charge.ts';
import { isStock, workspaceRow } from '../workspace/change.ts';
import { addSuspects } from '../workspace/suspects.ts';
import { endBuild, warms, type Outcome } from './end.ts';
import { finishDelete, finishStop } from './finish-delete.ts';
import { finishStart, undo } from './finish-start.ts';
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
    if (outcome.state !== 'succeeded') await addSuspects(tx, build, outcome.suspects ?? []);
    await follow(tx, withChanges(build, outcome), workspace, outcome);
    if (build.transition !== 'delete') await settleCharge(tx, build, workspace, outcome);
    if (outcome.state !== 'succeeded') return true;
    await followAgents(tx, build, outcome);
    // A build that changed no machine leaves agents that have nothing more to say.
    await settleWarming(tx, build.workspace_id);
    return true;
  });
}

/** A canceled build applied nothing, so a person's workspace is as it was; a new one never was, and a rename left it alone. */
const isUndone = (build: BuildRow, workspace: WorkspaceRow): boolean =>
  build.stage === 'none' && build.phase_before !== null && build.workspace_name === workspace.name && !isStock(workspace);

const withChanges = (build: BuildRow, outcome: Outcome): BuildRow =>
  outcome.state === 'succeeded' && outcome.changes !== undefined ? { ...build, changes: JSON.stringify(outcome.changes) } : build;

async function follow(tx: Tx, build: BuildRow, workspace: WorkspaceRow, outcome: Outcome): Promise<void> {
  if (outcome.state === 'canceled' && isUndone(build, workspace)) return undo(tx, build, workspace, outcome.error);
  switch (build.transition) {
    case 'start':
      if (build.stage !== 'claim') return finishStart(tx, build, workspace, outcome);
      // A claim build that failed is ended by releaseClaim (W10) or quarantineClaim (W13), with its claim: they know what had started.
      return outcome.state === 'succeeded' ? serveWarm(tx, build, workspace, warms(outcome)) : undefined;
    case 'stop':
      return finishStop(tx, workspace, outcome);
    case 'delete':
      return finishDelete(tx, workspace, outcome);
  }
}
