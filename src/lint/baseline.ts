import { UserError } from '../kit/errors.ts';
import { fingerprintOf } from './fingerprint.ts';
import { compareText } from './formats/text-tools.ts';
import type { Finding, TemplateReport } from './model.ts';
import { isFixed, isRule } from './rule-index.ts';

/** The reason of findings that a baseline suppresses. */
export const BASELINE_REASON = 'baseline';

/** Known findings of one kind: rule, address, attribute and file are there for people, the fingerprint counts. */
export interface BaselineEntry {
  /** Folder of the template, relative to the folder of the baseline file, with `/`; `.` for that folder itself. */
  readonly template: string;
  readonly file: string;
  readonly rule: string;
  readonly address: string;
  readonly attribute: string;
  readonly fingerprint: string;
  /** How many findings have this fingerprint. */
  readonly count: number;
}

/** A report and the name of its template in the baseline. */
export interface NamedReport {
  readonly name: string;
  readonly report: TemplateReport;
}

/** Reads a baseline file. UserError when it is none. */
export function parseBaseline(text: string, path: string): readonly BaselineEntry[] {
  const wrong = (what: string): UserError =>
    new UserError('baseline_invalid', `baseline ${path} ${what}`, { hint: 'write it anew with --update-baseline' });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw Object.assign(wrong('is not valid JSON'), { cause: error });
  }
  const { schema, findings } = (typeof content === 'object' && content !== null ? content : {}) as Record<string, unknown>;
  if (schema !== 1 || !Array.isArray(findings)) throw wrong('has no findings of schema 1');
  return findings.map((entry: unknown, at) => {
    if (!isEntry(entry)) throw wrong(`has an entry that cannot be read: number ${String(at + 1)}`);
    return entry;
  });
}

const TEXTS = ['template', 'file', 'rule', 'address', 'attribute', 'fingerprint'] as const;

function isEntry(value: unknown): value is BaselineEntry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Record<string, unknown>;
  return TEXTS.every((name) => typeof entry[name] === 'string') && Number.isInteger(entry['count']) && Number(entry['count']) > 0;
}

/**
 * Suppresses the findings that the baseline knows, as many of a fingerprint as it counted. `stale`: findings of the baseline that are gone,
 * of the templates and rules that were looked at. What cannot be read is never suppressed.
 */
export function applyBaseline(
  reports: readonly NamedReport[],
  entries: readonly BaselineEntry[],
  ran: (rule: string) => boolean,
): { readonly reports: readonly TemplateReport[]; readonly stale: number } {
  const left = new Map<string, number>();
  for (const { template, fingerprint, count } of entries) {
    const key = `${template}\n${fingerprint}`;
    left.set(key, (left.get(key) ?? 0) + count);
  }
  const applied = reports.map(({ name, report }) => ({
    ...report,
    findings: report.findings.map((finding) => {
      if (!belongs(finding)) return finding;
      const key = `${name}\n${fingerprintOf(finding)}`;
      const known = left.get(key) ?? 0;
      if (known === 0) return finding;
      left.set(key, known - 1);
      return { ...finding, suppressed: { reason: BASELINE_REASON } };
    }),
  }));
  const looked = new Set(reports.map(({ name }) => name));
  const kinds = new Map(
    entries.filter((one) => looked.has(one.template) && ran(one.rule)).map((one) => [`${one.template}\n${one.fingerprint}`, one]),
  );
  const stale = [...kinds.keys()].reduce((sum, key) => sum + (left.get(key) ?? 0), 0);
  return { reports: applied, stale };
}

/** The text of a baseline with all that is found now; entries of templates that were not looked at stay. Sorted, one entry per lines. */
export function baselineText(reports: readonly NamedReport[], before: readonly BaselineEntry[]): string {
  const looked = new Set(reports.map(({ name }) => name));
  const entries = new Map<string, BaselineEntry>();
  for (const { name, report } of reports)
    for (const finding of report.findings) {
      if (!belongs(finding)) continue;
      const fingerprint = fingerprintOf(finding);
      const key = `${name}\n${fingerprint}`;
      const { rule, address, attribute, range } = finding;
      const count = (entries.get(key)?.count ?? 0) + 1;
      entries.set(key, { template: name, file: range.file, rule, address, attribute, fingerprint, count });
    }
  const all = [...before.filter(({ template }) => !looked.has(template)), ...entries.values()];
  const sorted = all.sort((a, b) => compareText(sortKey(a), sortKey(b)));
  return `${JSON.stringify({ schema: 1, findings: sorted }, null, 2)}\n`;
}

const sortKey = (entry: BaselineEntry): string => TEXTS.map((name) => entry[name]).join('\n');

/** Open findings of rules that can be suppressed. */
const belongs = ({ rule, suppressed }: Finding): boolean => suppressed === undefined && isRule(rule) && !isFixed(rule);
