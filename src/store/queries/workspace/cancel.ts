import { write, type Session } from '../../session.ts';
import type { Actor } from '../../store.ts';
import { endBuild } from '../build/end.ts';
import { cancelUnbuilt } from '../build/finish-start.ts';
import { liveBuildRow } from '../build/read.ts';
import { workspaceRow } from './change.ts';

/** W4: the build is still queued, so nothing real exists; build canceled, slot and name freed, workspace gone. */
export function cancelQueued(session: Session, workspaceId: string, reason: string, actor: Actor): Promise<boolean> {
  return write(session, async (tx) => {
    const row = await workspaceRow(tx, workspaceId);
    if (row?.phase !== 'queued') return false;
    const build = await liveBuildRow(tx.db, workspaceId);
    if (build?.state !== 'queued') return false;
    await endBuild(tx, build, row, { state: 'canceled', error: reason, errorClass: undefined });
    await cancelUnbuilt(tx, row, reason, actor);
    return true;
  });
}
