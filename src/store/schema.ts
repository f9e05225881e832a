import type { Generated, Selectable } from 'kysely';
import type {
  BreakerState,
  BuildState,
  Claim,
  ClaimState,
  EngineKind,
  ErrorClass,
  ParameterType,
  Run,
  Stage,
  Suspect,
  Transition,
  Version,
  WorkspacePhase,
} from '../domain/types.ts';

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
  workspace: WorkspaceTable;
  name_row: { owner_id: string; name_key: string; workspace_id: string | null; claim_id: string | null };
  build: BuildTable;
  run: RunTable;
  suspect: SuspectTable;
  claim: ClaimTable;
  claim_try: { claim_id: string; n: number; workspace_id: string; outcome: string; reason: string; at: number };
  event: EventTable;
  counter: { name: string; labels: string; value: number };
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
}

interface RunTable {
  id: string;
  build_id: string;
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
export type WorkspaceRow = Selectable<WorkspaceTable>;
export type BuildRow = Selectable<BuildTable>;
export type RunRow = Selectable<RunTable>;
export type SuspectRow = Selectable<SuspectTable>;
export type ClaimRow = Selectable<ClaimTable>;
export type EventStored = Selectable<EventTable>;
