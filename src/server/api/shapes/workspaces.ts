import { z } from 'zod';
import { AGENT_LIVES } from '../../../domain/agent.ts';
import { BUILD_STATES, CLAIM_STATES, WORKSPACE_PHASES } from '../../../domain/types.ts';
import { at, count, list, maybeAt, maybeText, ms, shape, values } from './words.ts';

const change = shape('PlannedChange', {
  address: z.string(),
  type: z.string(),
  action: z.enum(['create', 'read', 'update', 'replace', 'delete', 'move', 'import', 'forget']),
  reason: maybeText,
  paths: list(z.string()).optional(),
});

export const workspace = shape('Workspace', {
  id: z.string(),
  templateId: z.string(),
  versionId: z.string(),
  presetId: maybeText,
  ownerId: z.string(),
  ownerName: z.string(),
  name: z.string(),
  phase: z.enum(WORKSPACE_PHASES),
  slot: z.int().optional(),
  generation: count,
  fingerprint: z.string(),
  heldAt: maybeAt,
  claimId: maybeText,
  parameters: values,
  createdAt: at,
  readyAt: maybeAt,
  claimedAt: maybeAt,
  healthAt: maybeAt,
  nextTryAt: maybeAt,
  attempts: count,
  lastError: maybeText,
  deletedAt: maybeAt,
  rowVersion: count,
  claimSafety: z.enum(['unknown', 'safe', 'unsafe']),
  unsafeChanges: list(change),
  rehearsedAt: maybeAt,
  heldBy: maybeText,
  heldReason: maybeText,
  invalidatedAt: maybeAt,
  staleAt: maybeAt,
  failedAt: maybeAt,
  healthFailures: count,
  expiresAt: maybeAt,
  expiryWarnedAt: maybeAt,
  dailyCost: z.number(),
});

const driver = z.object({ bootId: z.string(), pid: count, startTicks: z.number() }).readonly();

const build = shape('Build', {
  id: z.string(),
  workspaceId: z.string(),
  number: count,
  transition: z.enum(['start', 'stop', 'delete']),
  stage: z.enum(['none', 'create', 'claim']),
  state: z.enum(BUILD_STATES),
  reason: z.string(),
  beneficiaryId: z.string(),
  initiatorId: z.string(),
  workspaceName: z.string(),
  versionId: z.string(),
  enginePath: z.string(),
  engineKind: z.enum(['terraform', 'tofu']),
  engineVersion: z.string(),
  loader: count,
  accessUrl: z.string(),
  parameters: values,
  recoveries: count,
  attempts: count,
  errorClass: z.enum(['transient', 'capacity', 'template', 'environment']).optional(),
  error: maybeText,
  changes: list(change),
  createdAt: at,
  startedAt: maybeAt,
  endedAt: maybeAt,
  driver: driver.optional(),
});

const claim = shape('Claim', {
  id: z.string(),
  templateId: z.string(),
  presetId: maybeText,
  ownerId: z.string(),
  actorId: z.string(),
  name: z.string(),
  requestId: maybeText,
  argsHash: z.string(),
  state: z.enum(CLAIM_STATES),
  workspaceId: maybeText,
  servedAs: z.enum(['warm', 'waited', 'cold']).optional(),
  missReason: maybeText,
  parameters: values,
  phases: z.record(z.string(), ms).readonly(),
  rebuilt: list(change),
  createdAt: at,
  endedAt: maybeAt,
  driver: driver.optional(),
  deadlineAt: maybeAt,
  touchedAt: maybeAt,
  detached: z.boolean(),
  noCold: z.boolean(),
  ttlMs: ms.optional(),
});

export const waiting = shape('Waiting', {
  claimId: z.string(),
  owner: z.string(),
  name: z.string(),
  template: z.string(),
  preset: maybeText,
  before: count,
  since: at,
  deadlineAt: maybeAt,
  detached: z.boolean(),
});

const claimedAgent = shape('ClaimedAgent', {
  name: z.string(),
  status: z.enum(AGENT_LIVES),
  seconds: z.number().optional(),
  failed: z
    .object({ script: z.string(), exit: z.union([z.number(), z.literal('timeout')]) })
    .readonly()
    .optional(),
});

const resource = shape('Resource', { address: z.string(), type: z.string(), id: maybeText });

const ended = z.union([z.int(), z.literal('timeout')]).optional();

const agent = shape('Agent', {
  name: z.string(),
  lifecycle: z.enum(AGENT_LIVES).optional(),
  lifecycleAt: maybeAt,
  generation: count,
  heardAt: maybeAt,
  scripts: list(
    shape('AgentScript', {
      id: z.string(),
      name: z.string(),
      runs: z.enum(['start', 'stop', 'both']),
      exit: ended,
      seconds: z.number().optional(),
    }),
  ),
  metadata: list(
    shape('AgentMetadata', { key: z.string(), name: z.string(), value: maybeText, exit: ended, measuredAt: maybeAt }),
  ),
});

const app = shape('WorkspaceApp', {
  slug: z.string(),
  name: z.string(),
  agent: maybeText,
  url: maybeText,
  command: maybeText,
  external: z.boolean(),
  hidden: z.boolean(),
  health: z.enum(['disabled', 'unknown']),
});

const metadata = shape('ResourceMetadata', { resource: z.string(), key: z.string(), value: maybeText });

export const claimAnswer = shape('ClaimAnswer', {
  workspace: workspace.optional(),
  waiting: waiting.optional(),
  claim,
  servedAs: z.enum(['warm', 'waited', 'cold']).optional(),
  preset: maybeText,
  older: z.object({ version: count, active: count }).readonly().optional(),
  presetReason: z.string(),
  missReason: maybeText,
  phases: z.record(z.string(), ms).readonly(),
  rebuilt: list(change),
  connect: maybeText,
  resources: list(resource),
  agents: list(claimedAgent),
  apps: list(app),
  metadata: list(metadata),
  repeated: z.boolean(),
});

const view = {
  workspace,
  organization: z.string(),
  template: z.string(),
  version: count,
  preset: maybeText,
  liveBuild: build.optional(),
  claimant: z.object({ owner: z.string(), name: z.string() }).readonly().optional(),
};

export const workspaceView = shape('WorkspaceView', view);

export const workspaceRows = shape('WorkspaceRows', {
  total: count,
  rows: list(
    shape('WorkspaceRow', {
      owner: z.string(),
      name: z.string(),
      phase: z.enum(WORKSPACE_PHASES),
      createdAt: at,
      claimSafety: z.enum(['unknown', 'safe', 'unsafe']),
      dailyCost: z.number(),
      heldAt: maybeAt,
      expiresAt: maybeAt,
      lastError: maybeText,
      organization: z.string(),
      template: z.string(),
      version: count,
      preset: maybeText,
      live: z
        .object({
          transition: z.enum(['start', 'stop', 'delete']),
          stage: z.enum(['none', 'create', 'claim']),
          state: z.enum(BUILD_STATES),
        })
        .readonly()
        .optional(),
    }),
  ),
});

const suspect = shape('Suspect', {
  id: z.string(),
  workspaceId: z.string(),
  buildId: z.string(),
  address: z.string(),
  type: z.string(),
  state: z.enum(['open', 'found', 'absent']),
  at,
});

export const workspaceDetail = shape('WorkspaceDetail', {
  ...view,
  builds: list(build),
  resources: list(resource),
  agents: list(agent),
  apps: list(app),
  metadata: list(metadata),
  suspects: list(suspect),
  connect: maybeText,
});

export const orphaned = shape('Orphaned', { workspace, left: list(z.string()), folder: z.string() });

const claimTry = shape('ClaimTry', {
  claimId: z.string(),
  n: count,
  workspaceId: z.string(),
  workspaceName: z.string(),
  outcome: z.string(),
  reason: z.string(),
  at,
});

export const event = shape('Event', {
  seq: count,
  at,
  kind: z.string(),
  actor: maybeText,
  template: maybeText,
  preset: maybeText,
  workspaceId: maybeText,
  workspaceName: maybeText,
  owner: maybeText,
  buildId: maybeText,
  claimId: maybeText,
  reason: z.string(),
  data: z.record(z.string(), z.unknown()).readonly(),
});

export const workspaceHistory = shape('WorkspaceHistory', {
  builds: list(build),
  claims: list(claim),
  tries: list(claimTry),
  events: list(event),
});

export const connection = shape('Connection', { argv: list(z.string()), env: values });
