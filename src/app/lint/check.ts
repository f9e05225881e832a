import { join } from 'node:path';
import { applyBaseline, type BaselineEntry } from '../../lint/baseline.ts';
import { lintConfiguration } from '../../lint/lint.ts';
import type { Finding, RuleId, TemplateReport } from '../../lint/model.ts';
import { levelOf, withLevel, type Settings } from '../../lint/settings-model.ts';
import { applySuppressions } from '../../lint/suppress.ts';
import type { HclParser } from '../../template/hcl.ts';
import type { Configuration } from '../../template/syntax/configuration.ts';
import { filesOf } from './files.ts';
import { concerns } from './since.ts';
import { withExactSyntax } from './syntax.ts';

/** One template folder of a run. */
export interface Target {
  /** As the user named it, with `/`. */
  readonly shown: string;
  /** Absolute, links resolved. */
  readonly dir: string;
  readonly settings: Settings;
}

/** What holds for all templates of a run. */
export interface Rules {
  readonly chosen: (rule: RuleId) => boolean;
  readonly inlineIgnores: boolean;
  readonly strictSyntax: boolean;
  readonly today: string;
  readonly hcl: () => HclParser;
  /** Of the baseline that findings are held against; undefined without one. */
  readonly baseline: { readonly entries: readonly BaselineEntry[]; readonly nameOf: (dir: string) => string } | undefined;
  /** Changed files, absolute; undefined = all count. */
  readonly changed: ReadonlySet<string> | undefined;
}

export interface Checked {
  readonly report: TemplateReport;
  /** Entries of the baseline that are not needed any more. */
  readonly stale: number;
}

/** Lints one configuration and applies, in this order: settings, comments, baseline, changed files. */
export async function check(configuration: Configuration, target: Target, rules: Rules): Promise<Checked> {
  const { settings, dir } = target;
  const pathOf = (file: string): string => join(dir, file);
  const found = lintConfiguration(configuration, { dir: target.shown, extraFacts: settings.facts });
  const ran = (rule: RuleId, file: string): boolean => rules.chosen(rule) && levelOf(settings, rule, pathOf(file)) !== 'off';
  const wanted = (finding: Finding): readonly Finding[] => {
    const kept = rules.chosen(finding.rule) ? withLevel(settings, finding, pathOf(finding.range.file)) : undefined;
    return kept === undefined ? [] : [kept];
  };

  const exact = await withExactSyntax({
    configuration,
    findings: found.findings.flatMap(wanted),
    strict: rules.strictSyntax,
    parser: rules.hcl,
  });
  const files = filesOf(configuration).filter(({ path }) => !settings.ignores(pathOf(path)));
  // The findings about the comments themselves have a level too.
  const findings = rules.inlineIgnores
    ? applySuppressions({ findings: exact, files, today: rules.today, ran }).flatMap(wanted)
    : exact;
  const { report, stale } = againstBaseline({ ...found, findings }, dir, rules);
  const { changed } = rules;
  if (changed === undefined) return { report, stale };
  return { report: { ...report, findings: report.findings.filter((finding) => concerns(finding, dir, changed)) }, stale };
}

function againstBaseline(report: TemplateReport, dir: string, { baseline, chosen }: Rules): Checked {
  if (baseline === undefined) return { report, stale: 0 };
  const named = [{ name: baseline.nameOf(dir), report }];
  const { reports, stale } = applyBaseline(named, baseline.entries, (rule) => chosen(rule as RuleId));
  return { report: reports[0] ?? report, stale };
}
