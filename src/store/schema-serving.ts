import type { AgentLife } from '../domain/agent.ts';
import type { TokenRole } from '../domain/token.ts';

export interface AgentTable {
  workspace_id: string;
  name: string;
  token_sha256: string;
  previous_token_sha256: string | null;
  lifecycle: AgentLife;
  lifecycle_at: number;
  generation: number;
  process_key: string | null;
  seq: number;
  /** Results of the last scripts. */
  scripts: string;
  seen_at: number | null;
  /** Since when a server has missed it; null = it was heard, or no server was up to miss it. */
  lost_at: number | null;
  row_version: number;
}

export interface ServerSessionTable {
  id: string;
  boot_id: string;
  pid: number;
  start_ticks: number;
  started_at: number;
  seen_at: number;
  ended_at: number | null;
}

export interface ApiTokenTable {
  id: string;
  name: string;
  person_id: string;
  role: TokenRole;
  sha256: string;
  created_at: number;
  created_by: string;
  expires_at: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
}
