import { ConflictError } from '../kit/errors.ts';

/** The group that everybody is in, per organisation (Coder 5). */
export const EVERYONE = 'Everyone';

/** What a quota is judged by, all in units of `coder_metadata.daily_cost` (spec 5.9, SM section 5 "Quota"). */
export interface QuotaFacts {
  readonly owner: string;
  /** Sum of the allowances of the owner's groups; undefined = no group gives an allowance, so there are no quotas. */
  readonly budget: number | undefined;
  /** What the owner's other workspaces cost or are about to cost. */
  readonly elsewhere: number;
  /** What this workspace costs the owner already. */
  readonly before: number;
}

/** `growth` is what must be held on top of what the workspace costs already. */
export type QuotaVerdict =
  { readonly go: true; readonly growth: number } | { readonly go: false; readonly refusal: QuotaRefusal };

export interface QuotaRefusal {
  readonly owner: string;
  readonly budget: number;
  readonly consumed: number;
  readonly cost: number;
  readonly before: number;
}

/** Budget of one person from the groups of one organisation; undefined when none of its groups gives an allowance. */
export function budgetOf(groups: readonly { readonly allowance: number; readonly member: boolean }[]): number | undefined {
  if (groups.every(({ allowance }) => allowance === 0)) return undefined;
  return groups.reduce((sum, { allowance, member }) => sum + (member ? allowance : 0), 0);
}

/** Refuses a cost only when it grows and the budget does not hold it: a workspace may always become cheaper or stay as it is. */
export function judgeQuota(facts: QuotaFacts, cost: number): QuotaVerdict {
  const growth = Math.max(0, cost - facts.before);
  if (facts.budget === undefined || growth === 0 || facts.elsewhere + cost <= facts.budget) return { go: true, growth };
  const consumed = facts.elsewhere + facts.before;
  return { go: false, refusal: { owner: facts.owner, budget: facts.budget, consumed, cost, before: facts.before } };
}

/** One line with the numbers. */
export function refusalText({ owner, budget, consumed, cost, before }: QuotaRefusal): string {
  const than = before === 0 ? '' : ` instead of ${String(before)}`;
  return `over the quota of ${owner}: this would cost ${String(cost)} a day${than}, and ${String(consumed)} of ${String(budget)} are used`;
}

/** The refusal as the error of a person's command (exit 5). */
export const quotaExceeded = (refusal: QuotaRefusal): ConflictError =>
  new ConflictError('quota_exceeded', refusalText(refusal), {
    hint: `delete or stop a workspace, or ask for a higher allowance; see \`prebuilds quota ${refusal.owner}\``,
    details: { ...refusal },
  });
