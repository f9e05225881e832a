import type { Confidence, RuleId, TemplateReport } from '../../src/lint/model.ts';
import type { Truth } from './plan.ts';

/** One thing in which the linter and the real engine disagree. */
export interface Difference {
  /** `missed`: the engine replaces it, the linter does not say so. `extra`: the other way round. `error`: whether the claim fails. */
  readonly kind: 'missed' | 'extra' | 'error';
  readonly address: string;
  readonly attribute: string;
  /** The linter's, of an extra row. */
  readonly confidence: Confidence | undefined;
  readonly text: string;
}

const FAILING: readonly RuleId[] = ['claim/prevent-destroy', 'claim/unknown-count'];

const SEPARATE: readonly RuleId[] = ['drift/replace', 'parameter/replace'];

/** Rows that the linter may report or leave out. */
export interface Leeway {
  /** Addresses that a case names. */
  readonly mayReport?: readonly string[];
  /** What another engine says of the same template. */
  readonly others?: readonly Truth[];
}

/**
 * Compares sets of (address, attribute). When the claim fails only the rule that says so is compared, since the plan ends there. Rows in
 * which engines disagree may be there or not.
 */
export function compare(
  truth: Truth,
  report: TemplateReport,
  { mayReport = [], others = [] }: Leeway = {},
): readonly Difference[] {
  const failing = report.findings.filter((one) => FAILING.includes(one.rule));
  if (truth.error !== undefined)
    return compareError(
      truth.error,
      failing.map((one) => one.rule),
    );
  const all = [truth, ...others].map((one) => rowMap(one.replaced));
  const found = rowMap(report.replaced);
  // What a parameter or time replaces is a finding of its own rule, whatever `replaced` holds.
  const separate = rowMap(report.findings.filter((one) => SEPARATE.includes(one.rule)));
  const missed = [...rowMap(truth.replaced)].flatMap(([key, row]): readonly Difference[] =>
    found.has(key) || separate.has(key) || !all.every((one) => one.has(key))
      ? []
      : [{ ...row, kind: 'missed', confidence: undefined, text: `missed: ${key} (${row.kind})` }],
  );
  const extra = [...found].flatMap(([key, row]): readonly Difference[] =>
    all.some((one) => one.has(key) || isUnnamed(row, one)) || mayReport.includes(row.address)
      ? []
      : [{ ...row, kind: 'extra', text: `extra: ${key} (${row.kind}, ${row.confidence})` }],
  );
  const fails = failing.map((one): Difference => {
    const text = `extra: ${one.rule} at ${one.address}, but the claim succeeds`;
    return { kind: 'error', address: one.address, attribute: '', confidence: one.confidence, text };
  });
  return [...withoutSpelling([...missed, ...extra]), ...fails];
}

/**
 * An instance whose key is a text that the linter cannot know (a generated name, an address) has another spelling there, with a dot, a
 * parenthesis or a question mark: one that is missed and one that is extra, of the same resource and attribute, are the same one.
 */
function withoutSpelling(differences: readonly Difference[]): readonly Difference[] {
  const left = [...differences];
  for (const missed of differences.filter((one) => one.kind === 'missed')) {
    const other = left.findIndex((one) => one.kind === 'extra' && isSpelling(one, missed));
    if (other < 0) continue;
    left.splice(other, 1);
    left.splice(left.indexOf(missed), 1);
  }
  return left;
}

const isSpelling = (extra: Difference, missed: Difference): boolean =>
  extra.attribute === missed.attribute &&
  /\["(?:[^"\\]|\\.)*[.(?]/.test(extra.address) &&
  withoutKeys(extra.address) === withoutKeys(missed.address);

const withoutKeys = (address: string): string => address.replace(/\["(?:[^"\\]|\\.)*"\]/g, '');

/** A plan that names attributes of a replacement does not name a replace_triggered_by that fires as well; the linter does. */
const isUnnamed = (
  row: { readonly address: string; readonly attribute: string },
  rows: ReadonlyMap<string, { readonly address: string }>,
): boolean => row.attribute === '' && [...rows.values()].some((one) => one.address === row.address);

const rowMap = <T extends { readonly address: string; readonly attribute: string }>(rows: readonly T[]): ReadonlyMap<string, T> =>
  new Map(rows.map((row) => [`${row.address} ${row.attribute}`, row]));

function compareError(error: string, rules: readonly RuleId[]): readonly Difference[] {
  if (rules.some((rule) => rule === `claim/${error}`)) return [];
  const text = `missed: the claim fails: ${error}`;
  return [{ kind: 'error', address: '', attribute: '', confidence: undefined, text }];
}
