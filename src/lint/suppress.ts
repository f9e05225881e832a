import type { Comment, ParsedFile, Range } from '../template/syntax/ast.ts';
import { nearest } from '../domain/nearest.ts';
import type { Finding, RuleId } from './model.ts';
import { isFixed, isRule, ruleInfo, RULES } from './rule-index.ts';
import { coveredBy } from './suppress-scope.ts';

/** What a comment says: which rules are not to be reported, why and until when. */
export interface Directive {
  readonly rules: readonly RuleId[];
  readonly reason: string;
  /** Last day it counts, as YYYY-MM-DD. */
  readonly until: string | undefined;
  readonly wholeFile: boolean;
}

const MARK = 'prebuilds-lint:';

/**
 * Reads `prebuilds-lint: ignore RULE[, RULE] [until=YYYY-MM-DD] -- REASON`, or `ignore-file` for the whole file. Undefined when the
 * comment is not for the linter, a sentence when it is and cannot be understood.
 */
export function readDirective(comment: string): Directive | string | undefined {
  const text = comment.replaceAll(/\s+/g, ' ').trim();
  if (!text.startsWith(MARK)) return undefined;
  const [head = '', ...reasons] = text
    .slice(MARK.length)
    .trim()
    .split(/ --(?: |$)/);
  const reason = reasons.join(' -- ').trim();
  const [verb = '', ...words] = head.split(/[\s,]+/).filter((word) => word !== '');
  if (verb !== 'ignore' && verb !== 'ignore-file') return `\`${verb}\` is neither \`ignore\` nor \`ignore-file\``;
  const dates = words.filter((word) => word.startsWith('until='));
  const names = words.filter((word) => !word.startsWith('until='));
  const until = dates[0]?.slice('until='.length);
  const rules = names.filter(isRule);
  const problem = nameProblem(names) ?? dateProblem(dates);
  if (problem !== undefined) return problem;
  if (reason === '') return 'it gives no reason: write ` -- ` and the reason behind the rule';
  return { rules, reason, until, wholeFile: verb === 'ignore-file' };
}

function nameProblem(names: readonly string[]): string | undefined {
  if (names.length === 0) return 'it names no rule';
  for (const name of names) {
    if (!isRule(name)) return unknownRule(name);
    if (isFixed(name) || ruleInfo(name).family === 'suppression') return `\`${name}\` cannot be suppressed`;
  }
  return undefined;
}

function dateProblem(dates: readonly string[]): string | undefined {
  const valid = dates.length === 0 || (dates.length === 1 && isDate(dates[0]?.slice('until='.length) ?? ''));
  return valid ? undefined : `\`${dates.join(' ')}\` is not one date like until=2030-12-31`;
}

function unknownRule(name: string): string {
  const ids = RULES.map(({ id }) => id);
  const close = nearest(name, ids) ?? ids.find((id) => id.endsWith(`/${name}`));
  return `\`${name}\` is not a rule${close === undefined ? '; prebuilds lint --rules lists them' : `; did you mean \`${close}\`?`}`;
}

/** A real day of the calendar. */
function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

export interface SuppressInput {
  readonly findings: readonly Finding[];
  /** Files whose comments count. */
  readonly files: readonly ParsedFile[];
  /** The day of the run, as YYYY-MM-DD, UTC. */
  readonly today: string;
  /** Whether a rule was looked for in a file: a suppression of a rule that is off is not unused. */
  readonly ran: (rule: RuleId, file: string) => boolean;
}

interface Suppression {
  readonly comment: Comment;
  readonly directive: Directive;
  readonly covered: { readonly start: number; readonly end: number };
}

/**
 * Findings with those marked that a comment suppresses, and with findings about the comments themselves: `suppression/invalid` and
 * `suppression/unused`. A comment in a module outside the template is not called unused, since another template may need it.
 */
export function applySuppressions(input: SuppressInput): readonly Finding[] {
  const invalid: Finding[] = [];
  const active: Suppression[] = [];
  for (const file of input.files) {
    for (const comment of file.comments) {
      const directive = readDirective(comment.text);
      if (directive === undefined) continue;
      if (typeof directive === 'string') {
        invalid.push(about('suppression/invalid', comment.range, `this suppression has no effect: ${directive}`));
      } else if (directive.until !== undefined && directive.until < input.today) {
        const names = directive.rules.join(', ');
        invalid.push(about('suppression/unused', comment.range, `this suppression of ${names} ended with ${directive.until}`));
      } else active.push({ comment, directive, covered: coveredBy(file, comment, directive.wholeFile) });
    }
  }
  const used = new Set<string>();
  const marked = input.findings.map((finding) => mark(finding, active, used));
  return [...marked, ...invalid, ...active.flatMap((one) => unused(one, used, input))];
}

const about = (rule: RuleId, range: Range, message: string): Finding => ({
  rule,
  severity: ruleInfo(rule).severity,
  confidence: 'certain',
  address: '',
  attribute: '',
  range,
  message,
  causes: [],
  chain: [],
  ignored: [],
  fix: undefined,
  suppressed: undefined,
});

const useKey = ({ comment }: Suppression, rule: RuleId): string =>
  `${comment.range.file}\n${String(comment.range.start)}\n${rule}`;

function mark(finding: Finding, active: readonly Suppression[], used: Set<string>): Finding {
  if (finding.suppressed !== undefined) return finding;
  const { file, start } = finding.range;
  const by = active.filter(
    ({ comment, directive, covered }) =>
      comment.range.file === file && directive.rules.includes(finding.rule) && covered.start <= start && start < covered.end,
  );
  for (const one of by) used.add(useKey(one, finding.rule));
  const reason = by[0]?.directive.reason;
  return reason === undefined ? finding : { ...finding, suppressed: { reason } };
}

function unused(one: Suppression, used: ReadonlySet<string>, { ran }: SuppressInput): readonly Finding[] {
  const { file } = one.comment.range;
  if (file.startsWith('../')) return [];
  return [...new Set(one.directive.rules)]
    .filter((rule) => ran(rule, file) && !used.has(useKey(one, rule)))
    .map((rule) => about('suppression/unused', one.comment.range, `this suppression of ${rule} suppresses nothing`));
}
