import type { Agent, AgentChange, AgentKey, AgentLife } from '../../../domain/agent.ts';
import type { PlannedChange } from '../../../domain/types.ts';
import { toAgent } from '../../mappers.ts';
import type { AgentRow, BuildRow, WorkspaceRow } from '../../schema.ts';
import { write, type Session, type Tx } from '../../session.ts';
import type { NewAgent } from '../../store.ts';
import { tell, workspaceRow } from '../workspace/change.ts';
import { agentRow, toKey } from './row.ts';
import { settleWarming } from './warming.ts';

/** Ends of start and stop scripts that somebody wants to read about later. */
const TOLD: ReadonlySet<AgentLife> = new Set(['ready', 'start_error', 'start_timeout', 'shutdown_error', 'shutdown_timeout']);

/** What a build that succeeded says of the agents: those of the state, and what it really changed. */
interface Built {
  readonly agents?: readonly NewAgent[] | undefined;
  readonly changes?: readonly PlannedChange[] | undefined;
}

/** The agents of a workspace after a build that succeeded: those of its state, by name; a deleted workspace has none (W5, W12, W17). */
export async function followAgents(tx: Tx, build: BuildRow, { agents, changes }: Built): Promise<void> {
  if (build.transition === 'delete') {
    const gone = (await workspaceRow(tx, build.workspace_id))?.phase === 'deleted';
    if (gone) await tx.db.deleteFrom('agent').where('workspace_id', '=', build.workspace_id).execute();
    return;
  }
  if (build.transition === 'stop') return forgetProcesses(tx, build.workspace_id, 'off');
  if (agents === undefined) return;
  const rows = await tx.db.selectFrom('agent').selectAll().where('workspace_id', '=', build.workspace_id).execute();
  const left = rows.filter((row) => agents.every((agent) => agent.name !== row.name));
  for (const row of left) await agentRow(tx.db.deleteFrom('agent'), row).execute();
  for (const agent of agents) {
    const row = rows.find((one) => one.name === agent.name);
    if (row === undefined) await insertAgent(tx, build.workspace_id, agent);
    else if (row.token_sha256 !== agent.tokenSha256) await changeToken(tx, row, agent);
  }
  if (build.stage === 'none' && changedMachines(changes)) await forgetProcesses(tx, build.workspace_id, 'created');
}

/** Objects of the coder provider are no machines: they exist in the state only. Unknown changes count as some. */
const changedMachines = (changes: readonly PlannedChange[] | undefined): boolean =>
  changes?.some(({ type, action }) => action !== 'read' && !type.startsWith('coder_')) ?? true;

/**
 * The machines were taken away, or other ones came in a start or an update: what their agents said is over, and whoever is heard next counts.
 * One that lives on says at its next poll where it is.
 */
async function forgetProcesses(tx: Tx, workspaceId: string, lifecycle: AgentLife): Promise<void> {
  await tx.db
    .updateTable('agent')
    .set((eb) => ({
      lifecycle,
      lifecycle_at: tx.now,
      process_key: null,
      seq: 0,
      scripts: '[]',
      lost_at: null,
      row_version: eb('row_version', '+', 1),
    }))
    .where('workspace_id', '=', workspaceId)
    .execute();
}

async function insertAgent(tx: Tx, workspaceId: string, agent: NewAgent): Promise<void> {
  const values = {
    workspace_id: workspaceId,
    name: agent.name,
    token_sha256: agent.tokenSha256,
    previous_token_sha256: null,
    lifecycle: 'created' as const,
    lifecycle_at: tx.now,
    generation: 0,
    process_key: null,
    seq: 0,
    scripts: '[]',
    seen_at: null,
    lost_at: null,
    row_version: 1,
  };
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto('agent')
    .values(values)
    .onConflict((conflict) => conflict.column('token_sha256').doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows === 0n) await tellTaken(tx, workspaceId, agent.name);
}

async function changeToken(tx: Tx, row: AgentRow, agent: NewAgent): Promise<void> {
  const taken = await tx.db.selectFrom('agent').select('name').where('token_sha256', '=', agent.tokenSha256).executeTakeFirst();
  if (taken !== undefined) return tellTaken(tx, row.workspace_id, row.name);
  const change = { token_sha256: agent.tokenSha256, previous_token_sha256: row.token_sha256, row_version: row.row_version + 1 };
  await agentRow(tx.db.updateTable('agent').set(change), row).execute();
}

async function tellTaken(tx: Tx, workspaceId: string, name: string): Promise<void> {
  const workspace = await workspaceRow(tx, workspaceId);
  if (workspace !== undefined)
    await tell(tx, workspace, { what: 'agent_conflict', reason: `the token of agent ${name} belongs to another agent` });
}

/** W12: above every generation that an agent has seen, also after an older store was restored (agent-protocol 5.1). */
export async function nextGeneration(tx: Tx, workspace: WorkspaceRow): Promise<number> {
  const seen = await tx.db
    .selectFrom('agent')
    .select((eb) => eb.fn.max('generation').as('generation'))
    .where('workspace_id', '=', workspace.id)
    .executeTakeFirst();
  return Math.max(workspace.generation, seen?.generation ?? 0) + 1;
}

/** A change of life, heard from the agent; a person's workspace that waited for it goes on (W7, W8). */
export function changeAgent(
  session: Session,
  agent: Agent,
  change: AgentChange,
  tokenSha256: string,
): Promise<Agent | undefined> {
  return write(session, async (tx) => {
    const row = await agentRow(tx.db.selectFrom('agent').selectAll(), toKey(agent)).executeTakeFirst();
    if (row?.row_version !== agent.rowVersion) return undefined;
    const moved = row.lifecycle !== change.life || row.generation !== change.generation || row.process_key !== change.processKey;
    const after = await agentRow(
      tx.db.updateTable('agent').set({
        lifecycle: change.life,
        lifecycle_at: moved ? tx.now : row.lifecycle_at,
        generation: change.generation,
        process_key: change.processKey ?? null,
        seq: change.seq,
        scripts: JSON.stringify(change.results),
        seen_at: tx.now,
        lost_at: null,
        previous_token_sha256: tokenSha256 === row.token_sha256 ? null : row.previous_token_sha256,
        row_version: row.row_version + 1,
      }),
      row,
    )
      .returningAll()
      .executeTakeFirstOrThrow();
    if (moved && TOLD.has(change.life)) await tellLife(tx, after);
    if (moved) await settleWarming(tx, row.workspace_id);
    return toAgent(after);
  });
}

async function tellLife(tx: Tx, row: AgentRow): Promise<void> {
  const workspace = await workspaceRow(tx, row.workspace_id);
  if (workspace === undefined) return;
  const { name: agent, generation, scripts } = row;
  const data = { agent, generation, scripts: JSON.parse(scripts) as unknown };
  await tell(tx, workspace, {
    what: `agent_${row.lifecycle}`,
    reason: `agent ${agent} is ${row.lifecycle.replace('_', ' ')}`,
    data,
  });
}

export function tellAgentConflict(session: Session, key: AgentKey, reason: string): Promise<void> {
  return write(session, async (tx) => {
    const workspace = await workspaceRow(tx, key.workspaceId);
    if (workspace !== undefined) await tell(tx, workspace, { what: 'agent_conflict', reason, data: { agent: key.name } });
  });
}
