import type { Finding, Severity, TemplateReport } from '../model.ts';
import { compareText } from './text-tools.ts';
import type { LintOutput } from './format.ts';

/** Findings by place, then by rule and subject: the order does not depend on the order of analysis. */
export const byPlace = (a: Finding, b: Finding): number =>
  compareText(a.range.file, b.range.file) ||
  a.range.line - b.range.line ||
  a.range.column - b.range.column ||
  compareText(a.rule, b.rule) ||
  compareText(a.address, b.address) ||
  compareText(a.attribute, b.attribute) ||
  compareText(a.message, b.message);

/** Reports by folder, their findings by place. */
export const inOrder = (reports: readonly TemplateReport[]): readonly TemplateReport[] =>
  [...reports]
    .sort((a, b) => compareText(a.dir, b.dir))
    .map((report) => ({ ...report, findings: [...report.findings].sort(byPlace) }));

export interface Summary {
  readonly templates: number;
  readonly files: number;
  /** Not suppressed. */
  readonly findings: number;
  readonly suppressed: number;
  readonly severities: Readonly<Record<Severity, number>>;
  /** Not suppressed, by rule; rules without findings are left out. */
  readonly rules: Readonly<Record<string, number>>;
  readonly staleBaseline: number;
}

/** Counts of the last lines of a report. */
export function summaryOf({ reports, files, staleBaseline }: LintOutput): Summary {
  const all = reports.flatMap(({ findings }) => findings);
  const open = all.filter(({ suppressed }) => suppressed === undefined);
  const of = (severity: Severity): number => open.filter((finding) => finding.severity === severity).length;
  const rules: Record<string, number> = {};
  for (const rule of open.map((finding) => finding.rule).sort(compareText)) rules[rule] = (rules[rule] ?? 0) + 1;
  return {
    templates: reports.length,
    files,
    findings: open.length,
    suppressed: all.length - open.length,
    severities: { error: of('error'), warning: of('warning'), notice: of('notice') },
    rules,
    staleBaseline,
  };
}
