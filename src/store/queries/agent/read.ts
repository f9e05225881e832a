import type { Kysely } from 'kysely';
import type { Agent, AgentKey } from '../../../domain/agent.ts';
import { toAgent } from '../../mappers.ts';
import type { Schema } from '../../schema.ts';
import type { AgentWorld } from '../../store.ts';

type Db = Kysely<Schema>;

/** By the sha256 of its token, or of the one before it. */
export async function findAgent(db: Db, tokenSha256: string): Promise<Agent | undefined> {
  const row = await db
    .selectFrom('agent')
    .selectAll()
    .where((eb) => eb.or([eb('token_sha256', '=', tokenSha256), eb('previous_token_sha256', '=', tokenSha256)]))
    // The present owner of a token comes before a former one.
    .orderBy((eb) => eb.case().when('token_sha256', '=', tokenSha256).then(0).else(1).end())
    .executeTakeFirst();
  return row === undefined ? undefined : toAgent(row);
}

export async function getAgent(db: Db, key: AgentKey): Promise<Agent | undefined> {
  const row = await db
    .selectFrom('agent')
    .selectAll()
    .where('workspace_id', '=', key.workspaceId)
    .where('name', '=', key.name)
    .executeTakeFirst();
  return row === undefined ? undefined : toAgent(row);
}

export async function listAgents(db: Db, workspaceId: string): Promise<readonly Agent[]> {
  const rows = await db.selectFrom('agent').selectAll().where('workspace_id', '=', workspaceId).orderBy('name').execute();
  return rows.map(toAgent);
}

/** Every agent with its process, and generation, phase and owner of its workspace. */
export async function agentWorlds(db: Db): Promise<readonly AgentWorld[]> {
  const rows = await db
    .selectFrom('agent')
    .innerJoin('workspace', 'workspace.id', 'agent.workspace_id')
    .select(['agent.workspace_id', 'agent.name', 'agent.process_key', 'agent.lost_at'])
    .select(['workspace.generation', 'workspace.phase', 'workspace.owner_id'])
    .orderBy('agent.workspace_id')
    .orderBy('agent.name')
    .execute();
  return rows.map((row) => ({
    workspaceId: row.workspace_id,
    name: row.name,
    processKey: row.process_key ?? undefined,
    lostAt: row.lost_at ?? undefined,
    generation: row.generation,
    phase: row.phase,
    ownerId: row.owner_id,
  }));
}
