import { describeReplacement, rebuilt } from '../domain/guard.ts';
import type {
  Claim,
  MissCode,
  ParameterValues,
  Person,
  PlannedChange,
  Preset,
  Template,
  Version,
  Workspace,
} from '../domain/types.ts';
import { ConflictError, EngineError, InterruptedError } from '../kit/errors.ts';
import { isAlive } from '../kit/process.ts';
import type { Actor } from '../store/store.ts';
import type { BuildEnd } from '../workspace/conclude.ts';
import { driveBuild, type DriveOptions } from '../workspace/drive.ts';
import type { GuardVerdict } from '../workspace/deps.ts';
import { probeOnce } from '../workspace/probe.ts';
import type { ClaimDeps } from './deps.ts';
import { repairClaim } from './repair.ts';

/** A claim whose words were already resolved: names looked up, parameters complete and valid (spec 4.5, 4.6). */
export interface ClaimRequest {
  readonly template: Template;
  readonly version: Version;
  readonly preset: Preset | undefined;
  readonly parameters: ParameterValues;
  readonly owner: Person;
  readonly actor: Actor;
  readonly name: string;
  readonly requestId: string | undefined;
  readonly argsHash: string;
  /** Set when the pool cannot serve this request; the reason is told to the person. */
  readonly poolMismatch: string | undefined;
  readonly noPool: boolean;
  readonly noCold: boolean;
}

export interface ClaimOptions extends Pick<DriveOptions, 'signal' | 'onProgress' | 'providerSession'> {
  readonly onStep?: ((step: string) => void) | undefined;
}

export interface ClaimOutcome {
  readonly claim: Claim;
  readonly workspace: Workspace;
  readonly repeated: boolean;
}

/** Prebuilds tried before the claim falls to a cold build (spec 6.5). */
const MAX_TRIES = 2;
const HANDOVER_WAIT_MS = 200;

/**
 * Gives the claimant exactly one workspace (spec 6, SM section 3): a prebuild when one is eligible, else a cold build. Whatever is
 * killed in between is finished or undone by the next claim or reconcile.
 */
export async function claimWorkspace(deps: ClaimDeps, request: ClaimRequest, options: ClaimOptions): Promise<ClaimOutcome> {
  const opened = await deps.store.openClaim({
    templateId: request.template.id,
    presetId: request.preset?.id,
    ownerId: request.owner.id,
    actor: request.actor,
    name: request.name,
    requestId: request.requestId,
    argsHash: request.argsHash,
    parameters: request.parameters,
    driver: deps.me,
  });
  if (opened.existing) return joinClaim(deps, opened.claim, request, options);
  return serveClaim(deps, opened.claim, request, options);
}

async function serveClaim(deps: ClaimDeps, claim: Claim, request: ClaimRequest, options: ClaimOptions): Promise<ClaimOutcome> {
  const phases: Record<string, number> = {};
  const warm = await tryPool(deps, claim, request, options, phases);
  if (warm.outcome !== undefined) return warm.outcome;
  if (options.signal?.aborted === true) {
    await deps.store.moveClaim(claim.id, ['new'], 'canceled');
    throw new InterruptedError('interrupted; nothing was claimed');
  }
  if (request.noCold) {
    await deps.store.moveClaim(claim.id, ['new'], 'failed', warm.miss);
    throw new ConflictError('nothing_to_claim', `no prebuild of ${poolName(request)} can be claimed: ${warm.miss.missReason}`, {
      hint: 'run it without --no-cold for a cold build, or look at `prebuilds status`',
    });
  }
  return buildCold(deps, claim, request, options, { miss: warm.miss, phases });
}

const poolName = (request: ClaimRequest): string =>
  request.preset === undefined ? request.template.name : `${request.template.name}/${request.preset.name}`;

/** Why the pool did not serve; without a code it was not asked, which is no miss. */
interface Miss {
  readonly missReason: string;
  readonly missCode?: MissCode;
}

interface PoolTry {
  readonly outcome: ClaimOutcome | undefined;
  readonly miss: Miss;
}

async function tryPool(
  deps: ClaimDeps,
  claim: Claim,
  request: ClaimRequest,
  options: ClaimOptions,
  phases: Record<string, number>,
): Promise<PoolTry> {
  const { preset } = request;
  if (request.noPool) return missed('the pool was not asked (--no-pool)');
  if (preset === undefined) return missed('no preset matches these parameters', 'no_preset');
  if (request.poolMismatch !== undefined) return missed(request.poolMismatch, 'parameters');
  if (!preset.hasPrebuilds) return missed(`preset ${preset.name} has no prebuilds`, 'no_prebuilds');
  const tried: string[] = [];
  let miss: Miss = { missReason: 'no prebuild is ready', missCode: 'empty' };
  while (tried.length < MAX_TRIES && options.signal?.aborted !== true) {
    const startedAt = deps.clock.monotonic();
    const reserved = await deps.store.reservePrebuild({
      claimId: claim.id,
      presetId: preset.id,
      now: deps.clock.now(),
      except: tried,
      accessUrl: deps.accessUrl,
      driver: deps.me,
    });
    phases['reserve'] = deps.clock.monotonic() - startedAt;
    if (reserved === undefined) break;
    tried.push(reserved.workspace.id);
    deps.logger.info('coderd.prebuilds: attempting to claim prebuild', {
      template: request.template.name,
      preset: preset.name,
      prebuild: reserved.workspace.name,
      owner: request.owner.username,
    });
    const end = await takePrebuild(deps, claim, request, options, phases, reserved);
    if (end.state === 'succeeded') return { outcome: await handOver(deps, claim, request, phases, end.changes), miss };
    miss = judgeTry(deps, claim, request, end);
  }
  return { outcome: undefined, miss };
}

const missed = (missReason: string, missCode?: MissCode): PoolTry => ({
  outcome: undefined,
  miss: missCode === undefined ? { missReason } : { missReason, missCode },
});

/** What a try that did not serve means: the reason for the next step, or the end of the claim. */
function judgeTry(deps: ClaimDeps, claim: Claim, request: ClaimRequest, end: Exclude<BuildEnd, { state: 'succeeded' }>): Miss {
  switch (end.state) {
    case 'failed':
      deps.logger.warn('coderd.prebuilds: failed to claim prebuild', {
        template: request.template.name,
        reason: end.failure.message,
      });
      if (!end.started) return { missReason: end.failure.message, missCode: 'not_applied' };
      throw new EngineError(
        'claim_failed',
        `the claim of ${request.name} failed after something was changed: ${end.failure.message}`,
        {
          hint: `its workspace is in quarantine; see \`prebuilds history ${request.owner.username}/${request.name}\``,
        },
      );
    case 'canceled':
      return { missReason: end.reason, missCode: end.refused ? 'refused' : 'not_applied' };
    case 'detached':
      throw new InterruptedError(
        `the claim of ${request.name} continues; see \`prebuilds show ${request.owner.username}/${request.name}\``,
      );
    case 'lost':
      return { missReason: `another process took over (claim ${claim.id})`, missCode: 'not_applied' };
  }
}

async function takePrebuild(
  deps: ClaimDeps,
  claim: Claim,
  request: ClaimRequest,
  options: ClaimOptions,
  phases: Record<string, number>,
  reserved: { workspace: Workspace; build: Parameters<typeof driveBuild>[1] },
): Promise<BuildEnd> {
  const policy = deps.policyOf(request.template.name, request.preset?.name);
  const { workspace } = reserved;
  const old = deps.clock.now() - (workspace.healthAt ?? workspace.readyAt ?? 0) > policy.healthIntervalMs;
  if (old && policy.probe !== undefined) {
    const startedAt = deps.clock.monotonic();
    const health = await probeOnce(policy.probe, workspace);
    phases['check'] = deps.clock.monotonic() - startedAt;
    if (!health.healthy) {
      await deps.store.releaseClaim(claim.id, `its probe failed: ${health.reason}`, { dead: true });
      return {
        state: 'failed',
        started: false,
        failure: { errorClass: 'environment', message: health.reason, address: undefined },
      };
    }
  }
  options.onStep?.(`claiming ${workspace.name}`);
  return driveBuild(deps, reserved.build, {
    signal: options.signal,
    onProgress: options.onProgress,
    providerSession: options.providerSession,
    checkAlive: old && policy.probe === undefined,
    onPhase: (phase, ms) => {
      phases[phase] = ms;
    },
    guard: (changes) => guardClaim(deps, claim, changes, policy.onReplace),
  });
}

/** Spec 6.3: `allow` goes on, tells and counts; `refuse` leaves the prebuild untouched. */
async function guardClaim(
  deps: ClaimDeps,
  claim: Claim,
  changes: readonly PlannedChange[],
  onReplace: 'allow' | 'refuse',
): Promise<GuardVerdict> {
  const replaced = rebuilt(changes);
  if (replaced.length > 0 && onReplace === 'refuse') {
    return { go: false, reason: `it would be rebuilt: ${replaced.map(describeReplacement).join('; ')}` };
  }
  const moved = await deps.store.moveClaim(claim.id, ['reserved'], 'planned', { rebuilt: replaced });
  return moved ? { go: true } : { go: false, reason: 'the claim was taken back meanwhile' };
}

async function handOver(
  deps: ClaimDeps,
  claim: Claim,
  request: ClaimRequest,
  phases: Record<string, number>,
  changes: readonly PlannedChange[],
): Promise<ClaimOutcome> {
  await deps.store.recordClaim(claim.id, { phases });
  const served = await deps.store.getClaim(claim.id);
  deps.logger.info('coderd.prebuilds: workspace prebuild successfully claimed by user', {
    template: request.template.name,
    preset: request.preset?.name,
    owner: request.owner.username,
    workspace: request.name,
    rebuilt: rebuilt(changes).length,
  });
  return { claim: served, workspace: await workspaceOf(deps, served), repeated: false };
}

async function workspaceOf(deps: ClaimDeps, claim: Claim): Promise<Workspace> {
  if (claim.workspaceId === undefined) {
    throw new ConflictError('claim_ended', `the claim of ${claim.name} ended as ${claim.state} without a workspace`, {
      hint: 'run the command again',
    });
  }
  return deps.store.getWorkspace(claim.workspaceId);
}

/** Spec 6.6: nothing eligible = a cold build at once, saying so and why. */
async function buildCold(
  deps: ClaimDeps,
  claim: Claim,
  request: ClaimRequest,
  options: ClaimOptions,
  so: { miss: Miss; phases: Record<string, number> },
): Promise<ClaimOutcome> {
  options.onStep?.(`cold build of ${request.name}: ${so.miss.missReason}`);
  await deps.store.recordClaim(claim.id, so.miss);
  const { build, workspace } = await deps.store.createCold({
    templateId: request.template.id,
    versionId: request.version.id,
    presetId: request.preset?.id,
    ownerId: request.owner.id,
    name: request.name,
    parameters: request.parameters,
    accessUrl: deps.accessUrl,
    initiator: request.actor,
    claimId: claim.id,
  });
  const end = await driveBuild(deps, build, {
    signal: options.signal,
    onProgress: options.onProgress,
    providerSession: options.providerSession,
    onPhase: (phase, ms) => {
      so.phases[phase] = ms;
    },
  });
  await deps.store.recordClaim(claim.id, { phases: so.phases });
  throwUnlessBuilt(end, workspace);
  const served = await deps.store.getClaim(claim.id);
  return { claim: served, workspace: await deps.store.getWorkspace(workspace.id), repeated: false };
}

/** Turns the end of a person's build into the tool's errors; the workspace stays with its owner (spec 6.5). */
export function throwUnlessBuilt(end: BuildEnd, workspace: Workspace): void {
  const full = `${workspace.ownerName}/${workspace.name}`;
  switch (end.state) {
    case 'succeeded':
      return;
    case 'failed':
      throw new EngineError('build_failed', `the build of ${full} failed: ${end.failure.message}`, {
        hint: `see \`prebuilds logs ${full}\`, then \`prebuilds start ${full}\` or \`prebuilds delete ${full}\``,
      });
    case 'canceled':
      throw new InterruptedError(`the build of ${full} was interrupted before anything was made`);
    case 'detached':
      throw new InterruptedError(`the build of ${full} continues; see \`prebuilds show ${full}\``);
    case 'lost':
      throw new ConflictError('being_built', `${full} is being worked on by another process`, {
        hint: 'wait for it, then look again',
      });
  }
}

/** The same request again (spec 6.7): an ended one is answered, a running one awaited, an abandoned one repaired and served. */
async function joinClaim(deps: ClaimDeps, first: Claim, request: ClaimRequest, options: ClaimOptions): Promise<ClaimOutcome> {
  let claim = first;
  for (;;) {
    if (claim.state === 'served') return { claim, workspace: await workspaceOf(deps, claim), repeated: true };
    if (claim.state === 'failed' || claim.state === 'canceled') {
      throw new ConflictError('request_ended', `this request ended as ${claim.state}: ${claim.missReason ?? 'see its history'}`, {
        hint: 'use a new --request-id',
      });
    }
    if (options.signal?.aborted === true) throw new InterruptedError('interrupted while another process serves the same claim');
    if (claim.driver === undefined || !isAlive(claim.driver)) {
      const repaired = await repairClaim(deps, claim, options, true);
      if (repaired === 'mine') return serveClaim(deps, claim, request, options);
    } else {
      await deps.clock.sleep(HANDOVER_WAIT_MS, options.signal);
    }
    claim = await deps.store.getClaim(claim.id);
  }
}
