import type { AgentKey } from '../../../domain/agent.ts';
import type { AgentRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import { tell, workspaceRow } from '../workspace/change.ts';
import { agentRow, toKey } from './row.ts';

/** Heartbeats: not a change of life, so the row version stays. One that was missed is back. */
export function markAgentsSeen(session: Session, seen: readonly (AgentKey & { readonly at: number })[]): Promise<void> {
  return write(session, async (tx) => {
    for (const one of seen) {
      const row = await agentRow(tx.db.selectFrom('agent').selectAll(), toKey(one)).executeTakeFirst();
      if (row === undefined) continue;
      await agentRow(tx.db.updateTable('agent').set({ seen_at: one.at, lost_at: null }), row).execute();
      if (row.lost_at !== null) await tellOf(tx, row, 'agent_back', 'is heard again');
    }
  });
}

/** Agents that a server missed for too long (agent-protocol 5.7); only where the machine is supposed to be there, and once. */
export function markAgentsLost(session: Session, lost: readonly AgentKey[]): Promise<void> {
  return write(session, async (tx) => {
    for (const one of lost) {
      const row = await agentRow(tx.db.selectFrom('agent').selectAll(), toKey(one)).executeTakeFirst();
      if (row === undefined || row.process_key === null || row.lost_at !== null) continue;
      const workspace = await workspaceRow(tx, row.workspace_id);
      if (workspace?.phase !== 'ready' && workspace?.phase !== 'warming') continue;
      await agentRow(tx.db.updateTable('agent').set({ lost_at: tx.now }), row).execute();
      await tellOf(tx, row, 'agent_lost', 'is not heard any more');
    }
  });
}

async function tellOf(tx: Tx, row: AgentRow, what: string, words: string): Promise<void> {
  const workspace = await workspaceRow(tx, row.workspace_id);
  const reason = `agent ${row.name} ${words}`;
  if (workspace !== undefined) await tell(tx, workspace, { what, reason, data: { agent: row.name, seenAt: row.seen_at } });
}
