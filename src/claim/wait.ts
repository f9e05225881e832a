import { hindranceNow } from '../domain/decide.ts';
import type { Build, Claim, Driver, Workspace } from '../domain/types.ts';
import { AppError, InterruptedError } from '../kit/errors.ts';
import type { ClaimDeps } from './deps.ts';

/** How long a claim waits in line; `ms` undefined = until it is served. */
export interface Wait {
  readonly ms: number | undefined;
  /** Waits on without this process. */
  readonly detach: boolean;
}

export interface Reserved {
  readonly workspace: Workspace;
  readonly build: Build;
}

/** `queued` = a detached claim stays in line; `elsewhere` = another process serves this claim, or ended it. */
export type Next = Reserved | 'none' | 'queued' | 'elsewhere';

interface Asked {
  readonly presetId: string;
  readonly pool: string;
  readonly wait: Wait | undefined;
  readonly refuseUnsafe: boolean;
  readonly rolling: boolean;
  /** Prebuilds that were tried in vain. */
  readonly tried: readonly string[];
  readonly phases: Record<string, number>;
  readonly signal: AbortSignal | undefined;
  readonly onStep: ((step: string) => void) | undefined;
}

const LOOK_MS = 250;
const TOUCH_MS = 3000;

/** W9 now, or after waiting in line (spec 6.6, SM section 3). The phases get `reserve`, and `wait` when it waited. */
export async function nextPrebuild(deps: ClaimDeps, claim: Claim, asked: Asked): Promise<Next> {
  const startedAt = deps.clock.monotonic();
  const reserved = await reserve(deps, claim, asked);
  asked.phases['reserve'] = deps.clock.monotonic() - startedAt;
  if (reserved !== undefined) return reserved;
  const { wait } = asked;
  if (wait === undefined) return 'none';
  if (!(await enterLine(deps, claim, wait))) return 'elsewhere';
  if (wait.detach) return 'queued';
  const next = await waitInLine(deps, claim.id, asked);
  asked.phases['wait'] = (asked.phases['wait'] ?? 0) + deps.clock.monotonic() - startedAt - asked.phases['reserve'];
  return next;
}

const reserve = (
  deps: ClaimDeps,
  claim: Claim,
  { presetId, tried, refuseUnsafe, rolling }: Asked,
): Promise<Reserved | undefined> =>
  deps.store.reservePrebuild({
    claimId: claim.id,
    presetId,
    now: deps.clock.now(),
    except: tried,
    accessUrl: deps.accessUrl,
    driver: deps.me,
    refuseUnsafe,
    rolling,
  });

/** The place in line is the age of the claim, so a try that failed does not lose it; the deadline counts from the first wait. */
async function enterLine(deps: ClaimDeps, claim: Claim, wait: Wait): Promise<boolean> {
  const known = (await deps.store.getClaim(claim.id)).deadlineAt;
  const deadlineAt = known ?? (wait.ms === undefined ? undefined : deps.clock.now() + wait.ms);
  // Nobody drives a claim that waits on its own: this process may live on, as a server does, and the pass takes what is nobody's.
  const patch = wait.detach ? { driver: undefined, deadlineAt, detached: true } : { driver: deps.me, deadlineAt };
  if (await deps.store.moveClaim(claim.id, ['new'], 'waiting', patch)) return true;
  // The same request again: it takes the place of the process that waited before.
  if (!(await deps.store.touchClaim(claim.id))) return false;
  await deps.store.recordClaim(claim.id, patch);
  return true;
}

async function waitInLine(deps: ClaimDeps, claimId: string, asked: Asked): Promise<Next> {
  let touchedAt = deps.clock.monotonic();
  let told = -1;
  for (;;) {
    const claim = await deps.store.getClaim(claimId);
    if (claim.state !== 'waiting') return (await handedToMe(deps, claim)) ?? 'elsewhere';
    if (asked.signal?.aborted === true) {
      // A server that is stopped, and not the person, gives up: the place in line is kept for who asks again.
      if (asked.signal.reason instanceof AppError) throw asked.signal.reason;
      await leaveLine(deps, claim);
      continue;
    }
    if (claim.deadlineAt !== undefined && deps.clock.now() >= claim.deadlineAt) return 'none';
    told = await tellPlace(deps, claim, asked, told);
    await deps.clock.sleep(LOOK_MS, asked.signal);
    if (deps.clock.monotonic() - touchedAt < TOUCH_MS) continue;
    touchedAt = deps.clock.monotonic();
    await deps.store.touchClaim(claimId);
    // Stock can also turn eligible without turning ready: unheld, or allowed by the configuration now.
    const reserved = await reserve(deps, claim, asked);
    if (reserved !== undefined) return reserved;
  }
}

const handedToMe = async (deps: ClaimDeps, claim: Claim): Promise<Reserved | undefined> =>
  claim.state === 'reserved' && isMe(claim.driver, deps.me) ? handedOver(deps, claim) : undefined;

/** Says how many are before the claim, when that changed, and at first what keeps the pool from being filled. */
async function tellPlace(deps: ClaimDeps, claim: Claim, { pool, onStep }: Asked, told: number): Promise<number> {
  const before = placeInLine(await deps.store.openClaims(), claim);
  if (before === told || onStep === undefined) return before;
  // Once: with many in a long line, all pools would be looked at whenever it moves.
  const why = told < 0 ? await hindranceOf(deps, claim) : undefined;
  onStep(
    `waiting for ${pool}, ${before === 0 ? 'first' : `${String(before)} before it`} in line${why === undefined ? '' : `; ${why}`}`,
  );
  return before;
}

async function hindranceOf(deps: ClaimDeps, { templateId, presetId }: Claim): Promise<string | undefined> {
  const found = (await deps.store.snapshot(deps.policyOf)).find(
    ({ pool, preset }) => pool.templateId === templateId && preset?.id === presetId,
  );
  return found === undefined ? undefined : hindranceNow(found, deps.clock.now())?.reason;
}

/** What W7 reserved for a waiting claim. */
export async function handedOver(deps: ClaimDeps, claim: Claim): Promise<Reserved | undefined> {
  if (claim.workspaceId === undefined) return undefined;
  const build = await deps.store.liveBuild(claim.workspaceId);
  return build === undefined ? undefined : { workspace: await deps.store.getWorkspace(claim.workspaceId), build };
}

/** Ctrl-C: the claim is canceled, unless it is to wait without a process or another process waits for it too. */
async function leaveLine(deps: ClaimDeps, claim: Claim): Promise<void> {
  if (claim.detached || !isMe(claim.driver, deps.me))
    throw new InterruptedError(`the claim of ${claim.name} still waits in line`);
  if (await deps.store.moveClaim(claim.id, ['waiting'], 'canceled', { missReason: 'interrupted while it waited' })) {
    throw new InterruptedError('interrupted; nothing was claimed');
  }
}

/** How many claims of the same preset are before this one; `claims` in order of age. */
export function placeInLine(claims: readonly Claim[], claim: Claim): number {
  const line = claims.filter((one) => one.state === 'waiting' && one.presetId === claim.presetId);
  return Math.max(
    0,
    line.findIndex(({ id }) => id === claim.id),
  );
}

const isMe = (driver: Driver | undefined, me: Driver): boolean =>
  driver?.pid === me.pid && driver.bootId === me.bootId && driver.startTicks === me.startTicks;
