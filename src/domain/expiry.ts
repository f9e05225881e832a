import { UserError } from '../kit/errors.ts';
import type { Workspace } from './types.ts';

const HOUR = 3_600_000;
/** Share of a life before whose end the warning comes, at most an hour (spec 6.9). */
const WARN_SHARE = 0.1;
export const LONGEST_WARNING_MS = HOUR;

type Life = Pick<Workspace, 'createdAt' | 'claimedAt' | 'expiresAt' | 'expiryWarnedAt' | 'phase' | 'nextTryAt'>;

/** When a claimed workspace began to live: a cold build has no claim of its own. */
export const bornAt = ({ claimedAt, createdAt }: Pick<Life, 'claimedAt' | 'createdAt'>): number => claimedAt ?? createdAt;

/** What is due for a person's workspace with an end (spec 6.9): its warning, its deletion, or nothing yet. */
export function expiryDue(workspace: Life, now: number): 'warn' | 'end' | undefined {
  const { expiresAt, expiryWarnedAt, phase, nextTryAt } = workspace;
  if (expiresAt === undefined || phase === 'deleted') return undefined;
  if (phase === 'deleting') return nextTryAt === undefined || nextTryAt <= now ? 'end' : undefined;
  if (expiresAt <= now) return 'end';
  const warning = Math.min(LONGEST_WARNING_MS, (expiresAt - bornAt(workspace)) * WARN_SHARE);
  return expiryWarnedAt === undefined && expiresAt - warning <= now ? 'warn' : undefined;
}

/**
 * The life that a claim asks for, in ms; undefined = no end. Throws UserError ttl_too_long when it is more than the policy allows.
 */
export function claimTtl(
  asked: number | undefined,
  policy: { readonly claimTtlMs: number | undefined; readonly claimTtlMaxMs: number | undefined },
  inWords: (ms: number) => string,
): number | undefined {
  const { claimTtlMs, claimTtlMaxMs } = policy;
  const ttl = asked ?? claimTtlMs;
  if (ttl === undefined || claimTtlMaxMs === undefined || ttl <= claimTtlMaxMs) return ttl;
  throw new UserError(
    'ttl_too_long',
    `a life of ${inWords(ttl)} is longer than claim_ttl_max, which is ${inWords(claimTtlMaxMs)}`,
    {
      hint: `ask for --ttl ${inWords(claimTtlMaxMs)} or less`,
    },
  );
}

interface Extension {
  /** `owner/name`, for messages. */
  readonly full: string;
  readonly now: number;
  /** The end is so far from now. */
  readonly ms: number;
  readonly maxMs: number | undefined;
  readonly inWords: (ms: number) => string;
}

/**
 * The new end of a workspace. Throws UserError: no_end (it lives as long as nobody deletes it), ends_later (it would be shortened),
 * ttl_too_long (more than the maximum, counted from the claim).
 */
export function newExpiry(workspace: Life, { full, now, ms, maxMs, inWords }: Extension): number {
  const { expiresAt } = workspace;
  if (expiresAt === undefined) {
    throw new UserError('no_end', `${full} has no end that could be extended`, { hint: 'delete it when it is no longer needed' });
  }
  const next = now + ms;
  if (next < expiresAt) {
    throw new UserError(
      'ends_later',
      `${full} ends in ${inWords(expiresAt - now)}, which is later than ${inWords(ms)} from now`,
      {
        hint: `give the time from now, more than ${inWords(expiresAt - now)}`,
      },
    );
  }
  const last = maxMs === undefined ? Infinity : bornAt(workspace) + maxMs;
  if (next <= last) return next;
  const left = last - now;
  throw new UserError(
    'ttl_too_long',
    `${full} may live ${inWords(maxMs ?? 0)} from its claim (claim_ttl_max), and ${inWords(ms)} from now is more`,
    {
      hint:
        left > expiresAt - now
          ? `extend it by ${inWords(left)} at most`
          : 'it cannot be extended any more; claim another workspace',
    },
  );
}
