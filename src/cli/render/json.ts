import type { ClaimAnswer, PoolStatus, PresetView, ReconcileReport, WorkspaceView } from '../../app/api.ts';
import type { Build, Claim, EventRow, Preset, Template, Version, Workspace } from '../../domain/types.ts';
import { fullName, poolName } from './text.ts';

/**
 * The documents of `--json`. They are a contract: fields may be added, never renamed or removed. Times are ISO 8601 UTC, durations
 * end in `Ms`, what is unknown is null.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, replacer, 2);
}

/** One document on one line, for streams. */
export const jsonLine = (value: unknown): string => JSON.stringify(value, replacer);

function replacer(key: string, value: unknown): unknown {
  if (value === undefined) return null;
  const isInstant = key === 'at' || key.endsWith('At');
  return isInstant && typeof value === 'number' ? new Date(value).toISOString() : value;
}

export const templateJson = (template: Template) => ({
  id: template.id,
  name: template.name,
  activeVersionId: template.activeVersionId,
  deprecatedAt: template.deprecatedAt,
  deletingAt: template.deletingAt,
});

export const versionJson = (version: Version) => ({
  id: version.id,
  number: version.number,
  state: version.state,
  fingerprint: version.fingerprint,
  message: version.message,
  pushedBy: version.pushedBy,
  pushedAt: version.pushedAt,
  engine: { kind: version.engineKind, version: version.engineVersion, path: version.enginePath },
  warnings: version.facts.warnings,
  notServed: version.facts.notServed,
});

export const presetJson = (preset: Preset) => ({
  name: preset.name,
  default: preset.isDefault,
  parameters: preset.parameters,
  hasPrebuilds: preset.hasPrebuilds,
  instances: preset.instances,
  ttlMs: preset.ttlMs,
  timezone: preset.timezone,
  schedules: preset.schedules,
});

export const presetViewJson = (view: PresetView) => ({
  template: view.template,
  ...presetJson(view.preset),
  desired: view.desired,
  ready: view.ready,
  nextChange: view.nextChange,
});

export const workspaceJson = (workspace: Workspace) => ({
  id: workspace.id,
  name: fullName(workspace),
  owner: workspace.ownerName,
  status: workspace.phase,
  generation: workspace.generation,
  parameters: workspace.parameters,
  createdAt: workspace.createdAt,
  readyAt: workspace.readyAt,
  claimedAt: workspace.claimedAt,
  heldAt: workspace.heldAt,
  deletedAt: workspace.deletedAt,
  lastError: workspace.lastError,
});

export const workspaceViewJson = (view: WorkspaceView) => ({
  ...workspaceJson(view.workspace),
  template: view.template,
  version: view.version,
  preset: view.preset,
  liveBuild: view.liveBuild === undefined ? undefined : buildJson(view.liveBuild),
});

export const buildJson = (build: Build) => ({
  id: build.id,
  number: build.number,
  transition: build.transition,
  stage: build.stage,
  state: build.state,
  reason: build.reason,
  engine: { kind: build.engineKind, version: build.engineVersion },
  errorClass: build.errorClass,
  error: build.error,
  changes: build.changes,
  createdAt: build.createdAt,
  startedAt: build.startedAt,
  endedAt: build.endedAt,
});

export const claimJson = (claim: Claim) => ({
  id: claim.id,
  requestId: claim.requestId,
  name: claim.name,
  state: claim.state,
  servedAs: claim.servedAs,
  missReason: claim.missReason,
  phasesMs: claim.phases,
  rebuilt: claim.rebuilt,
  createdAt: claim.createdAt,
  endedAt: claim.endedAt,
});

export const answerJson = (answer: ClaimAnswer) => ({
  workspace: workspaceJson(answer.workspace),
  claimId: answer.claim.id,
  servedAs: answer.servedAs,
  preset: answer.preset,
  presetReason: answer.presetReason,
  missReason: answer.missReason,
  phasesMs: answer.phases,
  rebuilt: answer.rebuilt,
  connect: answer.connect,
  resources: answer.resources,
  repeated: answer.repeated,
});

export const poolJson = (pool: PoolStatus) => ({ pool: poolName(pool), ...pool });

export const reconcileJson = (report: ReconcileReport) => ({ ...report, pools: report.pools.map(poolJson) });

export const eventJson = (event: EventRow) => ({
  seq: event.seq,
  at: event.at,
  kind: event.kind,
  actor: event.actor,
  template: event.template,
  preset: event.preset,
  workspaceId: event.workspaceId,
  workspace: event.workspaceName,
  buildId: event.buildId,
  claimId: event.claimId,
  reason: event.reason,
  data: event.data,
});
