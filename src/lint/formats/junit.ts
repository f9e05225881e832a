import type { Finding, TemplateReport } from '../model.ts';
import { RULES } from '../rule-index.ts';
import { fails } from '../threshold.ts';
import type { Format, FormatOptions } from './format.ts';
import { inOrder } from './order.ts';

interface Case {
  readonly xml: string;
  readonly kind: 'passed' | 'failed' | 'skipped';
}

/**
 * JUnit XML: one suite per template. Each finding at or above the threshold is a failed case, each suppressed one a skipped case, and
 * each rule without failures a passed case that carries what it found below the threshold.
 */
export const junit: Format = ({ reports }, options) => {
  const suites = inOrder(reports).map((report) => ({ dir: report.dir, cases: casesOf(report, options) }));
  const all = suites.flatMap(({ cases }) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="prebuilds lint" ${counts(all)}>`,
    ...suites.flatMap(({ dir, cases }) => [
      `  <testsuite name="${escape(dir)}" ${counts(cases)}>`,
      ...cases.map(({ xml }) => xml),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
};

const counts = (cases: readonly Case[]): string => {
  const of = (kind: Case['kind']): string => String(cases.filter((one) => one.kind === kind).length);
  return `tests="${String(cases.length)}" failures="${of('failed')}" errors="0" skipped="${of('skipped')}"`;
};

const casesOf = (report: TemplateReport, options: FormatOptions): readonly Case[] =>
  RULES.flatMap(({ id }) => {
    const own = report.findings.filter(({ rule }) => rule === id);
    const failed = own.filter((finding) => fails(finding, options.failOn(report.dir)));
    const skipped = own.filter(({ suppressed }) => suppressed !== undefined);
    return [
      ...(failed.length === 0
        ? [
            passed(
              report,
              id,
              own.filter(({ suppressed }) => suppressed === undefined),
            ),
          ]
        : []),
      ...failed.map((finding) => failure(report, finding, options)),
      ...skipped.map((finding) => skip(report, finding, options)),
    ];
  });

function passed({ dir }: TemplateReport, rule: string, below: readonly Finding[]): Case {
  const open = `    <testcase classname="${escape(dir)}" name="${escape(rule)}"`;
  if (below.length === 0) return { kind: 'passed', xml: `${open}/>` };
  const text = below.map((finding) => `${where(finding)}: ${finding.severity}: ${finding.message}`).join('\n');
  return { kind: 'passed', xml: `${open}>\n      <system-out>${escape(text)}</system-out>\n    </testcase>` };
}

function failure(report: TemplateReport, finding: Finding, options: FormatOptions): Case {
  const { severity, message, chain, fix } = finding;
  const text = [
    `${where(finding)}: ${message}`,
    ...chain.map((hop) => `because ${hop.text} (${hop.range.file}:${String(hop.range.line)}:${String(hop.range.column)})`),
    ...(fix === undefined ? [] : [`fix: ${fix.description}`]),
  ].join('\n');
  return {
    kind: 'failed',
    xml: `${head(report, finding, options)}\n      <failure type="${severity}" message="${escape(message)}">${escape(text)}</failure>\n    </testcase>`,
  };
}

const skip = (report: TemplateReport, finding: Finding, options: FormatOptions): Case => ({
  kind: 'skipped',
  xml: `${head(report, finding, options)}\n      <skipped message="${escape(finding.suppressed?.reason ?? '')}"/>\n    </testcase>`,
});

function head({ dir }: TemplateReport, finding: Finding, { place }: FormatOptions): string {
  const subject = [finding.address, finding.attribute].filter((part) => part !== '').join(' ');
  const name = `${finding.rule}${subject === '' ? '' : `: ${subject}`} (${where(finding)})`;
  const file = `file="${escape(place(dir, finding.range.file))}" line="${String(finding.range.line)}"`;
  return `    <testcase classname="${escape(dir)}" name="${escape(name)}" ${file}>`;
}

const where = ({ range }: Finding): string => `${range.file}:${String(range.line)}:${String(range.column)}`;

/** For text and attributes. Characters that XML 1.0 cannot hold, halves of surrogate pairs too, are left out. */
const escape = (text: string): string =>
  text
    .replaceAll(/\p{Surrogate}/gu, '')
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\t', '&#9;');
