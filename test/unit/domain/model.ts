import { decide, type Action, type PoolSnapshot, type StockItem } from '../../../src/domain/decide.ts';
import type { PoolPolicy } from '../../../src/domain/snapshot.ts';
import { SYSTEM_USER, type Pool, type Preset, type Workspace } from '../../../src/domain/types.ts';
import { aWorkspace } from '../../support/workspace.ts';

export const NOW = Date.UTC(2026, 0, 14, 12);
export const HOUR = 3_600_000;
export const MINUTE = 60_000;
const ACCESS_URL = 'http://pool.example';

/** A preset of the active version with the given facts. */
export const aPreset = (facts: Partial<Preset> = {}): Preset => ({
  id: 'preset-2',
  versionId: 'version-2',
  name: 'large',
  isDefault: false,
  parameters: {},
  instances: 3,
  hasPrebuilds: true,
  ttlMs: undefined,
  timezone: undefined,
  schedules: [],
  identity: 'identity',
  ...facts,
});

export const aPool = (facts: Partial<Pool> = {}): Pool => ({
  templateId: 'template-1',
  presetName: 'large',
  pausedAt: undefined,
  breaker: 'closed',
  failures: 0,
  nextTryAt: undefined,
  errorClass: undefined,
  lastError: undefined,
  drainingAt: undefined,
  openedAt: undefined,
  errorFingerprint: undefined,
  errorRepeats: 0,
  ...facts,
});

export type ItemFacts = Partial<Workspace> & Partial<Omit<StockItem, 'workspace'>>;

/** A prebuild; by default a ready one of the active version. Live builds follow from the phase unless given. */
export function anItem(id: string, facts: ItemFacts = {}): StockItem {
  const { ttlMs, hasLiveBuild, buildQueued, sameShape, accessUrl, agentLost, ...workspace } = facts;
  const phase = workspace.phase ?? 'ready';
  return {
    workspace: aWorkspace({
      id,
      templateId: 'template-1',
      versionId: 'version-2',
      presetId: workspace.versionId === undefined || workspace.versionId === 'version-2' ? 'preset-2' : 'preset-1',
      ownerId: SYSTEM_USER.id,
      ownerName: SYSTEM_USER.username,
      name: `prebuild-${id}`,
      claimId: phase === 'claiming' ? 'claim-1' : undefined,
      createdAt: NOW - HOUR,
      readyAt: phase === 'ready' ? NOW - HOUR : undefined,
      ...workspace,
    }),
    ttlMs,
    hasLiveBuild: hasLiveBuild ?? ['queued', 'provisioning', 'claiming', 'stopping'].includes(phase),
    buildQueued: buildQueued ?? phase === 'queued',
    sameShape: sameShape ?? true,
    accessUrl: accessUrl ?? ACCESS_URL,
    agentLost: agentLost ?? false,
  };
}

export type SnapshotFacts = Partial<Omit<PoolSnapshot, 'pool' | 'preset'>> & {
  readonly pool?: Partial<Pool>;
  readonly preset?: Partial<Preset> | undefined;
};

/** Standard policy with the given settings. */
export const aPolicy = (settings: Partial<PoolPolicy> = {}): PoolPolicy => ({
  failuresLimit: 3,
  failuresKeep: 0,
  failuresKeepForMs: 24 * HOUR,
  maxSize: undefined,
  surge: 0,
  rollout: 'recreate',
  onReplace: 'allow',
  startRate: undefined,
  readyBy: false,
  backoff: { baseMs: MINUTE, factor: 2, capMs: 30 * MINUTE },
  poolJobs: 2,
  accessUrl: ACCESS_URL,
  ...settings,
});

/** A pool of three on version 2 of template `docker`. */
export const aSnapshot = ({ pool, preset, ...facts }: SnapshotFacts = {}): PoolSnapshot => ({
  pool: aPool(pool),
  templateName: 'docker',
  organization: 'default',
  templateActive: true,
  activeVersionId: 'version-2',
  activeFingerprint: 'fingerprint',
  activeAgents: true,
  preset: aPreset(preset),
  stock: [],
  claimed: 0,
  waiting: 0,
  recentStarts: [],
  buildTimesMs: [],
  paused: false,
  clockJumped: false,
  policy: aPolicy(),
  ...facts,
});

const update = (item: StockItem, workspace: Partial<Workspace>, build: Partial<StockItem> = {}): StockItem => ({
  ...item,
  hasLiveBuild: false,
  buildQueued: false,
  ...build,
  workspace: { ...item.workspace, ...workspace, rowVersion: item.workspace.rowVersion + 1 },
});

/** Carries out actions as the store does: every change is checked again, a lost race changes nothing. */
export function execute(snapshot: PoolSnapshot, actions: readonly Action[], now = NOW): PoolSnapshot {
  return actions.reduce((world, action) => executeOne(world, action, now), snapshot);
}

function executeOne(world: PoolSnapshot, action: Action, now: number): PoolSnapshot {
  switch (action.kind) {
    case 'cancel':
      return { ...world, stock: world.stock.filter((item) => item.workspace.id !== action.workspaceId || !item.buildQueued) };
    case 'delete':
      return {
        ...world,
        stock: world.stock.map((item) => (item.workspace.id === action.workspaceId ? queueDelete(item, action) : item)),
      };
    case 'create':
      return Array.from({ length: action.count }).reduce<PoolSnapshot>((next) => createOne(next, action.slotLimit, now), world);
    case 'backoff':
    case 'limited':
      return world;
  }
}

function queueDelete(item: StockItem, action: Extract<Action, { kind: 'delete' }>): StockItem {
  const { workspace, hasLiveBuild } = item;
  const refused = hasLiveBuild || workspace.heldAt !== undefined || workspace.claimId !== undefined;
  if (refused || workspace.rowVersion !== action.rowVersion || workspace.ownerId !== SYSTEM_USER.id) return item;
  return update(item, { phase: 'deleting', slot: undefined }, { hasLiveBuild: true });
}

function createOne(world: PoolSnapshot, slotLimit: number, now: number): PoolSnapshot {
  const { preset } = world;
  const taken = new Set(world.stock.map(({ workspace }) => (workspace.presetId === preset?.id ? workspace.slot : undefined)));
  const slot = Array.from({ length: slotLimit }, (_, index) => index).find((index) => !taken.has(index));
  const full = world.policy.maxSize !== undefined && world.claimed + world.stock.length >= world.policy.maxSize;
  if (preset === undefined || slot === undefined || full) return world;
  const id = `new-${String(now)}-${String(world.stock.length)}-${String(slot)}`;
  const created = anItem(id, {
    phase: 'queued',
    slot,
    createdAt: now,
    ttlMs: preset.ttlMs,
    versionId: preset.versionId,
    presetId: preset.id,
  });
  return { ...world, recentStarts: [...world.recentStarts, now], stock: [...world.stock, created] };
}

export interface Fate {
  readonly createFails: boolean;
  readonly deleteFails: boolean;
}

/** Time goes on: every live build of the pool moves one step. Claims stay as they are. */
export function passTime(world: PoolSnapshot, fate: Fate, now: number): PoolSnapshot {
  return { ...world, stock: world.stock.flatMap((item) => moveOne(item, fate, now)) };
}

function moveOne(item: StockItem, fate: Fate, now: number): readonly StockItem[] {
  switch (item.workspace.phase) {
    case 'queued':
      return [update(item, { phase: 'provisioning' }, { hasLiveBuild: true })];
    case 'provisioning':
      return fate.createFails
        ? [update(item, { phase: 'failed', slot: undefined, lastError: 'no', failedAt: now })]
        : [update(item, { phase: 'warming' })];
    case 'warming':
      return [update(item, { phase: 'ready', readyAt: now })];
    case 'deleting':
      if (!item.hasLiveBuild) return [item];
      if (!fate.deleteFails) return [];
      return [update(item, { attempts: item.workspace.attempts + 1, nextTryAt: now + MINUTE })];
    case 'ready':
    case 'claiming':
    case 'stopping':
    case 'stopped':
    case 'failed':
    case 'quarantined':
    case 'deleted':
      return [item];
  }
}

/** Decide, execute, pass a minute; `rounds` times. */
export function simulate(
  start: PoolSnapshot,
  fate: Fate,
  rounds: number,
  onRound?: (world: PoolSnapshot, now: number) => void,
): PoolSnapshot {
  let world = start;
  for (let round = 0; round < rounds; round += 1) {
    const now = NOW + round * MINUTE;
    world = execute(world, decide(world, now), now);
    onRound?.(world, now);
    world = passTime(world, fate, now);
  }
  return world;
}

/** Prebuilds of the active version that serve or will serve claims. */
export const liveOf = (world: PoolSnapshot): readonly StockItem[] =>
  world.stock.filter(
    ({ workspace }) =>
      workspace.versionId === world.activeVersionId &&
      workspace.heldAt === undefined &&
      ['queued', 'provisioning', 'warming', 'ready'].includes(workspace.phase),
  );
