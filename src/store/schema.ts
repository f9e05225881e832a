import type { Generated, Selectable } from 'kysely';
import type { HookName } from '../domain/hooks.ts';
import type {
  BreakerState,
  BuildState,
  Claim,
  ClaimState,
  EngineKind,
  ErrorClass,
  JobLane,
  ParameterType,
  Run,
  Stage,
  Suspect,
  Transition,
  Version,
  Workspace,
  WorkspacePhase,
} from '../domain/types.ts';
import type { AgentTable, ApiTokenTable, ServerSessionTable } from './schema-serving.ts';

/**
 * Rows as they are in the database (SM section 5): snake_case, null for absent, 0 and 1 for bool, JSON as text, times in
 * milliseconds UTC. `mappers.ts` turns them into the domain's words.
 */
export interface Schema {
  meta: { key: string; value: string };
  organization: { id: string; name: string };
  person: PersonTable;
  template: TemplateTable;
  version: VersionTable;
  variable: { version_id: string; name: string; value: string | null; value_cipher: string | null; sensitive: number };
  parameter: ParameterTable;
  preset: PresetTable;
  pool: PoolTable;
  pool_sample: PoolSampleTable;
  workspace: WorkspaceTable;
  name_row: { owner_id: string; name_key: string; workspace_id: string | null; claim_id: string | null };
  build: BuildTable;
  run: RunTable;
  suspect: SuspectTable;
  claim: ClaimTable;
  claim_try: { claim_id: string; n: number; workspace_id: string; outcome: string; reason: string; at: number };
  event: EventTable;
  team: TeamTable;
  team_member: { team_id: string; person_id: string };
  charge: ChargeTable;
  outbox: OutboxTable;
  sweep: SweepTable;
  agent: AgentTable;
  server_session: ServerSessionTable;
  api_token: ApiTokenTable;
  counter: { name: string; labels: string; value: number };
  /** Observations per bucket, not cumulative; `le` is its upper bound in seconds. */
  histogram: { name: string; labels: string; le: number; value: number };
  /** Number and total of all observations, in seconds. */
  histogram_sum: { name: string; labels: string; value: number; total: number };
}

interface PersonTable {
  id: string;
  username: string;
  full_name: string;
  email: string;
  is_system: number;
  created_at: number;
}

interface TemplateTable {
  id: string;
  organization_id: string;
  name: string;
  deprecated_at: number | null;
  deleting_at: number | null;
  deleted_at: number | null;
  created_at: number;
}

interface VersionTable {
  id: string;
  template_id: string;
  number: number;
  state: Version['state'];
  fingerprint: string;
  content_hash: string;
  folder: string;
  engine_path: string;
  engine_kind: EngineKind;
  engine_version: string;
  lock_hash: string;
  message: string;
  pushed_by: string;
  pushed_at: number;
  facts: string;
}

interface ParameterTable {
  version_id: string;
  name: string;
  position: number;
  display_name: string;
  description: string;
  type: ParameterType;
  mutable: number;
  ephemeral: number;
  default_value: string | null;
  options: string;
  validations: string;
}

interface PresetTable {
  id: string;
  version_id: string;
  name: string;
  position: number;
  is_default: number;
  parameters: string;
  instances: number;
  has_prebuilds: number;
  ttl_ms: number | null;
  timezone: string | null;
  schedules: string;
  identity: string;
}

interface PoolTable {
  template_id: string;
  preset_name: string;
  paused_at: number | null;
  breaker: BreakerState;
  failures: number;
  next_try_at: number | null;
  error_class: ErrorClass | null;
  last_error: string | null;
  draining_at: number | null;
  /** When the breaker opened. */
  opened_at: number | null;
  /** Summary and address of the last template-class failure: two equal ones in a row open the breaker. */
  error_fingerprint: string | null;
  error_repeats: Generated<number>;
}

/** A stretch of time in which the counts of a pool did not change. */
interface PoolSampleTable {
  template_id: string;
  preset_name: string;
  at: number;
  /** When a pass last saw these counts. */
  until_at: number;
  desired: number;
  running: number;
  eligible: number;
  building: number;
  claimed: number;
}

interface WorkspaceTable {
  id: string;
  template_id: string;
  version_id: string;
  preset_id: string | null;
  owner_id: string;
  name: string;
  phase: WorkspacePhase;
  slot: number | null;
  generation: number;
  fingerprint: string;
  held_at: number | null;
  claim_id: string | null;
  parameters: string;
  created_at: number;
  ready_at: number | null;
  claimed_at: number | null;
  health_at: number | null;
  next_try_at: number | null;
  attempts: number;
  last_error: string | null;
  deleted_at: number | null;
  row_version: number;
  claim_safety: Generated<Workspace['claimSafety']>;
  unsafe_changes: Generated<string>;
  rehearsed_at: number | null;
  held_by: string | null;
  held_reason: string | null;
  invalidated_at: number | null;
  stale_at: number | null;
  failed_at: number | null;
  /** Health checks that failed in a row. */
  health_failures: Generated<number>;
  /** When a claimed workspace ends (claim_ttl). */
  expires_at: number | null;
  expiry_warned_at: number | null;
  daily_cost: Generated<number>;
}

interface DriverColumns {
  driver_boot_id: string | null;
  driver_pid: number | null;
  driver_start_ticks: number | null;
}

interface BuildTable extends DriverColumns {
  id: string;
  workspace_id: string;
  number: number;
  transition: Transition;
  stage: Stage;
  state: BuildState;
  reason: string;
  beneficiary_id: string;
  initiator_id: string;
  workspace_name: string;
  version_id: string;
  engine_path: string;
  engine_kind: EngineKind;
  engine_version: string;
  lock_hash: string;
  loader: number;
  access_url: string;
  parameters: string;
  recoveries: number;
  attempts: number;
  error_class: ErrorClass | null;
  error: string | null;
  changes: string;
  created_at: number;
  started_at: number | null;
  /** First apply of this build: from here its inputs may have made something real. */
  applied_at: number | null;
  ended_at: number | null;
  job_slot: number | null;
  job_lane: Generated<JobLane>;
  /** What the plan said it will cost a day; after the build, what it does cost. */
  daily_cost: Generated<number>;
  /** Phase of the workspace when the build was queued: what a refused build gives back. */
  phase_before: WorkspacePhase | null;
}

interface RunTable {
  id: string;
  build_id: string | null;
  workspace_id: string;
  kind: Run['kind'];
  folder: string;
  exit_code: number | null;
  created_at: number;
  consumed_at: number | null;
}

interface SuspectTable {
  id: string;
  workspace_id: string;
  build_id: string;
  address: string;
  type: string;
  state: Suspect['state'];
  at: number;
}

interface ClaimTable extends DriverColumns {
  id: string;
  template_id: string;
  preset_id: string | null;
  owner_id: string;
  actor_id: string;
  name: string;
  name_key: string;
  request_id: string | null;
  args_hash: string;
  state: ClaimState;
  workspace_id: string | null;
  served_as: Exclude<Claim['servedAs'], undefined> | null;
  miss_reason: string | null;
  miss_code: string | null;
  parameters: string;
  phases: string;
  rebuilt: string;
  created_at: number;
  ended_at: number | null;
  /** Until when a waiting claim waits. */
  deadline_at: number | null;
  /** Last sign of life of the process that waits. */
  touched_at: number | null;
  detached: Generated<number>;
  /** Ends without a workspace rather than with a cold build. */
  no_cold: Generated<number>;
  ttl_ms: number | null;
}

interface TeamTable {
  id: string;
  organization_id: string;
  name: string;
  quota_allowance: number;
  created_at: number;
}

interface ChargeTable {
  workspace_id: string;
  owner_id: string;
  kind: 'held' | 'charged';
  daily_cost: number;
  claim_id: string | null;
}

/** A notification that must reach its hook (spec 7.4). */
interface OutboxTable {
  id: string;
  event_seq: number;
  hook: HookName;
  /** Position in the configured list of this hook. */
  target: number;
  payload: string;
  attempts: number;
  next_try_at: number;
  done_at: number | null;
  last_error: string | null;
  created_at: number;
}

/** What a provider had when it was last looked at (spec 7.4, SM R5). */
interface SweepTable {
  source: string;
  at: number;
  objects: number;
  /** Findings of the comparison, JSON. */
  unaccounted: string;
  error: string | null;
}

interface EventTable {
  seq: Generated<number>;
  at: number;
  kind: string;
  actor_id: string | null;
  actor: string | null;
  template: string | null;
  preset: string | null;
  workspace_id: string | null;
  workspace_name: string | null;
  build_id: string | null;
  claim_id: string | null;
  reason: string;
  data: string;
}

export type PersonRow = Selectable<PersonTable>;
export type TemplateRow = Selectable<TemplateTable>;
export type VersionRow = Selectable<VersionTable>;
export type ParameterRow = Selectable<ParameterTable>;
export type PresetRow = Selectable<PresetTable>;
export type PoolRow = Selectable<PoolTable>;
export type PoolSampleRow = Selectable<PoolSampleTable>;
export type WorkspaceRow = Selectable<WorkspaceTable>;
export type BuildRow = Selectable<BuildTable>;
export type RunRow = Selectable<RunTable>;
export type SuspectRow = Selectable<SuspectTable>;
export type ClaimRow = Selectable<ClaimTable>;
export type OutboxRow = Selectable<OutboxTable>;
export type SweepRow = Selectable<SweepTable>;
export type AgentRow = Selectable<AgentTable>;
export type ApiTokenRow = Selectable<ApiTokenTable>;
export type EventStored = Selectable<EventTable>;
