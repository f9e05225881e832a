import type { Finding, Severity } from './model.ts';

/** `--fail-on`: findings of this severity or a graver one fail the run. */
export type FailOn = Severity | 'never';

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, notice: 2 };

/** 0 for the gravest. */
export const severityRank = (severity: Severity): number => RANK[severity];

/** Whether a finding fails the run. Suppressed ones never do; what cannot be read always does. */
export function fails(finding: Finding, failOn: FailOn): boolean {
  if (finding.suppressed !== undefined) return false;
  if (finding.rule === 'syntax') return true;
  return failOn !== 'never' && RANK[finding.severity] <= RANK[failOn];
}
