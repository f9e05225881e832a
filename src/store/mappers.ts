import type { Agent } from '../domain/agent.ts';
import type {
  Build,
  Claim,
  Driver,
  EventRow,
  Parameter,
  Person,
  Pool,
  Preset,
  Run,
  Suspect,
  Template,
  Version,
  Workspace,
} from '../domain/types.ts';
import type { Notification } from '../domain/hooks.ts';
import type { SweepResult } from '../domain/sweep.ts';
import type { Token } from '../domain/token.ts';
import { readJson, shapes } from './json.ts';
import type {
  AgentRow,
  ApiTokenRow,
  BuildRow,
  ClaimRow,
  EventStored,
  OutboxRow,
  ParameterRow,
  PersonRow,
  PoolRow,
  PresetRow,
  RunRow,
  SuspectRow,
  SweepRow,
  TemplateRow,
  VersionRow,
  WorkspaceRow,
} from './schema.ts';

const or = <T>(value: T | null): T | undefined => value ?? undefined;

/** The one place where rows become the domain's words. */
export const toPerson = (row: PersonRow): Person => ({
  id: row.id,
  username: row.username,
  fullName: row.full_name,
  email: row.email,
  isSystem: row.is_system === 1,
});

export const toTemplate = (row: TemplateRow & { active_version_id: string | null; organization: string }): Template => ({
  id: row.id,
  organizationId: row.organization_id,
  organization: row.organization,
  name: row.name,
  deprecatedAt: or(row.deprecated_at),
  deletingAt: or(row.deleting_at),
  deletedAt: or(row.deleted_at),
  activeVersionId: or(row.active_version_id),
});

export const toVersion = (row: VersionRow): Version => ({
  id: row.id,
  templateId: row.template_id,
  number: row.number,
  state: row.state,
  fingerprint: row.fingerprint,
  contentHash: row.content_hash,
  folder: row.folder,
  enginePath: row.engine_path,
  engineKind: row.engine_kind,
  engineVersion: row.engine_version,
  lockHash: row.lock_hash,
  message: row.message,
  pushedBy: row.pushed_by,
  pushedAt: row.pushed_at,
  facts: readJson(shapes.facts, 'version.facts', row.facts),
});

export const toParameter = (row: ParameterRow): Parameter => ({
  name: row.name,
  displayName: row.display_name,
  description: row.description,
  type: row.type,
  mutable: row.mutable === 1,
  ephemeral: row.ephemeral === 1,
  defaultValue: or(row.default_value),
  options: readJson(shapes.options, 'parameter.options', row.options),
  validations: readJson(shapes.validations, 'parameter.validations', row.validations),
});

export const toPreset = (row: PresetRow): Preset => ({
  id: row.id,
  versionId: row.version_id,
  name: row.name,
  isDefault: row.is_default === 1,
  parameters: readJson(shapes.values, 'preset.parameters', row.parameters),
  instances: row.instances,
  hasPrebuilds: row.has_prebuilds === 1,
  ttlMs: or(row.ttl_ms),
  timezone: or(row.timezone),
  schedules: readJson(shapes.schedules, 'preset.schedules', row.schedules),
  identity: row.identity,
});

export const toPool = (row: PoolRow): Pool => ({
  templateId: row.template_id,
  presetName: row.preset_name,
  pausedAt: or(row.paused_at),
  breaker: row.breaker,
  failures: row.failures,
  nextTryAt: or(row.next_try_at),
  errorClass: or(row.error_class),
  lastError: or(row.last_error),
  drainingAt: or(row.draining_at),
  openedAt: or(row.opened_at),
  errorFingerprint: or(row.error_fingerprint),
  errorRepeats: row.error_repeats,
});

export const toWorkspace = (row: WorkspaceRow & { owner_name: string }): Workspace => ({
  id: row.id,
  templateId: row.template_id,
  versionId: row.version_id,
  presetId: or(row.preset_id),
  ownerId: row.owner_id,
  ownerName: row.owner_name,
  name: row.name,
  phase: row.phase,
  slot: or(row.slot),
  generation: row.generation,
  fingerprint: row.fingerprint,
  heldAt: or(row.held_at),
  claimId: or(row.claim_id),
  parameters: readJson(shapes.values, 'workspace.parameters', row.parameters),
  createdAt: row.created_at,
  readyAt: or(row.ready_at),
  claimedAt: or(row.claimed_at),
  healthAt: or(row.health_at),
  nextTryAt: or(row.next_try_at),
  attempts: row.attempts,
  lastError: or(row.last_error),
  deletedAt: or(row.deleted_at),
  rowVersion: row.row_version,
  claimSafety: row.claim_safety,
  unsafeChanges: readJson(shapes.changes, 'workspace.unsafe_changes', row.unsafe_changes),
  rehearsedAt: or(row.rehearsed_at),
  heldBy: or(row.held_by),
  heldReason: or(row.held_reason),
  invalidatedAt: or(row.invalidated_at),
  staleAt: or(row.stale_at),
  failedAt: or(row.failed_at),
  healthFailures: row.health_failures,
  expiresAt: or(row.expires_at),
  expiryWarnedAt: or(row.expiry_warned_at),
  dailyCost: row.daily_cost,
});

export function toDriver(row: Pick<BuildRow, 'driver_boot_id' | 'driver_pid' | 'driver_start_ticks'>): Driver | undefined {
  if (row.driver_boot_id === null || row.driver_pid === null || row.driver_start_ticks === null) return undefined;
  return { bootId: row.driver_boot_id, pid: row.driver_pid, startTicks: row.driver_start_ticks };
}

/** The three columns of a driver; all null while nobody drives. */
export const driverColumns = (
  driver: Driver | undefined,
): Pick<BuildRow, 'driver_boot_id' | 'driver_pid' | 'driver_start_ticks'> => ({
  driver_boot_id: driver?.bootId ?? null,
  driver_pid: driver?.pid ?? null,
  driver_start_ticks: driver?.startTicks ?? null,
});

export const toBuild = (row: BuildRow): Build => ({
  id: row.id,
  workspaceId: row.workspace_id,
  number: row.number,
  transition: row.transition,
  stage: row.stage,
  state: row.state,
  reason: row.reason,
  beneficiaryId: row.beneficiary_id,
  initiatorId: row.initiator_id,
  workspaceName: row.workspace_name,
  versionId: row.version_id,
  enginePath: row.engine_path,
  engineKind: row.engine_kind,
  engineVersion: row.engine_version,
  loader: row.loader,
  accessUrl: row.access_url,
  parameters: readJson(shapes.values, 'build.parameters', row.parameters),
  recoveries: row.recoveries,
  attempts: row.attempts,
  errorClass: or(row.error_class),
  error: or(row.error),
  changes: readJson(shapes.changes, 'build.changes', row.changes),
  createdAt: row.created_at,
  startedAt: or(row.started_at),
  endedAt: or(row.ended_at),
  driver: toDriver(row),
});

export const toRun = (row: RunRow): Run => ({
  id: row.id,
  buildId: or(row.build_id),
  workspaceId: row.workspace_id,
  kind: row.kind,
  folder: row.folder,
  createdAt: row.created_at,
  exitCode: or(row.exit_code),
  consumedAt: or(row.consumed_at),
});

export const toSuspect = (row: SuspectRow): Suspect => ({
  id: row.id,
  workspaceId: row.workspace_id,
  buildId: row.build_id,
  address: row.address,
  type: row.type,
  state: row.state,
  at: row.at,
});

export const toClaim = (row: ClaimRow): Claim => ({
  id: row.id,
  templateId: row.template_id,
  presetId: or(row.preset_id),
  ownerId: row.owner_id,
  actorId: row.actor_id,
  name: row.name,
  requestId: or(row.request_id),
  argsHash: row.args_hash,
  state: row.state,
  workspaceId: or(row.workspace_id),
  servedAs: or(row.served_as),
  missReason: or(row.miss_reason),
  parameters: readJson(shapes.values, 'claim.parameters', row.parameters),
  phases: readJson(shapes.numbers, 'claim.phases', row.phases),
  rebuilt: readJson(shapes.changes, 'claim.rebuilt', row.rebuilt),
  createdAt: row.created_at,
  endedAt: or(row.ended_at),
  driver: toDriver(row),
  deadlineAt: or(row.deadline_at),
  touchedAt: or(row.touched_at),
  detached: row.detached === 1,
  noCold: row.no_cold === 1,
  ttlMs: or(row.ttl_ms),
});

export const toEvent = (row: EventStored & { readonly owner?: string | null }): EventRow => ({
  seq: row.seq,
  at: row.at,
  kind: row.kind,
  actor: or(row.actor),
  template: or(row.template),
  preset: or(row.preset),
  workspaceId: or(row.workspace_id),
  workspaceName: or(row.workspace_name),
  owner: or(row.owner ?? null),
  buildId: or(row.build_id),
  claimId: or(row.claim_id),
  reason: row.reason,
  data: readJson(shapes.data, 'event.data', row.data),
});

export const toNotification = (row: OutboxRow): Notification => ({
  id: row.id,
  eventSeq: row.event_seq,
  hook: row.hook,
  target: row.target,
  payload: row.payload,
  attempts: row.attempts,
  nextTryAt: row.next_try_at,
  doneAt: or(row.done_at),
  lastError: or(row.last_error),
  createdAt: row.created_at,
});

export const toSweep = (row: SweepRow): SweepResult => ({
  source: row.source,
  at: row.at,
  objects: row.objects,
  findings: readJson(shapes.sweep, 'sweep.unaccounted', row.unaccounted),
  error: or(row.error),
});

export const toAgent = (row: AgentRow): Agent => ({
  workspaceId: row.workspace_id,
  name: row.name,
  life: row.lifecycle,
  lifeAt: row.lifecycle_at,
  generation: row.generation,
  processKey: or(row.process_key),
  seq: row.seq,
  results: readJson(shapes.scripts, 'agent.scripts', row.scripts),
  seenAt: or(row.seen_at),
  lostAt: or(row.lost_at),
  rowVersion: row.row_version,
});

export const toToken = (row: ApiTokenRow & { readonly username: string; readonly maker: string }): Token => ({
  id: row.id,
  name: row.name,
  person: { id: row.person_id, username: row.username },
  role: row.role,
  createdAt: row.created_at,
  createdBy: row.maker,
  expiresAt: or(row.expires_at),
  lastUsedAt: or(row.last_used_at),
  revokedAt: or(row.revoked_at),
});
