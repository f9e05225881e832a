import type { AgentKey } from '../../../domain/agent.ts';
import type { AgentRow } from '../../schema.ts';

export const toKey = (key: AgentKey): Pick<AgentRow, 'workspace_id' | 'name'> => ({
  workspace_id: key.workspaceId,
  name: key.name,
});

interface Narrowable<Q> {
  where(column: 'workspace_id' | 'name', operator: '=', value: string): Q;
}

/** Narrows a query to one agent. */
export const agentRow = <Q extends Narrowable<Q>>(query: Q, row: Pick<AgentRow, 'workspace_id' | 'name'>): Q =>
  query.where('workspace_id', '=', row.workspace_id).where('name', '=', row.name);
