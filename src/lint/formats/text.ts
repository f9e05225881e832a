import { changedLines } from '../diff.ts';
import { applyEdits, byFile } from '../edits.ts';
import type { Finding, Fix, Severity, TemplateReport } from '../model.ts';
import { helpUri } from '../rule-index.ts';
import { codeFrame } from './frame.ts';
import type { FormatOptions, Format, LintOutput } from './format.ts';
import { inOrder, summaryOf } from './order.ts';
import { count, joined, plain, wrap } from './text-tools.ts';

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'notice'];
const LABEL = 9;
/** Longer diffs are left to `--fix --dry-run`. */
const MOST_DIFF_LINES = 12;

/** For people: findings by template, with the code, the chain of causes and the fix; suppressed findings are only counted. */
export const text: Format = (output, options) => {
  const shown = inOrder(output.reports).filter(({ findings }) => findings.some(({ suppressed }) => suppressed === undefined));
  const blocks = shown.flatMap((report) => [
    heading(report, options),
    ...openOf(report).map((one) => block(report, one, options)),
  ]);
  return `${[...blocks, summaryLine(output, options)].join('\n\n')}\n`;
};

const openOf = ({ findings }: TemplateReport): readonly Finding[] =>
  findings.filter(({ suppressed }) => suppressed === undefined);

function heading(report: TemplateReport, { style }: FormatOptions): string {
  const numbers = SEVERITIES.map(
    (severity) => [severity, openOf(report).filter((one) => one.severity === severity).length] as const,
  );
  const words = numbers.filter(([, n]) => n > 0).map(([severity, n]) => count(n, severity));
  return `${style.bold(plain(report.dir))}: ${words.join(', ')}`;
}

function block(report: TemplateReport, finding: Finding, options: FormatOptions): string {
  const { style, width, docsUrl } = options;
  const { rule, severity, confidence, address, attribute, range, message } = finding;
  const subject = [address, attribute].filter((part) => part !== '').join(': ');
  const head = [
    style[severity](severity),
    style.bold(rule),
    ...(subject === '' ? [] : [plain(subject)]),
    style.dim(`(${confidence})`),
  ];
  const frame = codeFrame(report.sources.get(range.file) ?? '', range, {
    paint: style[severity],
    dim: style.dim,
    width: width === undefined ? undefined : width - 4,
  });
  return [
    head.join(' '),
    `  ${style.dim(at(report, range))}`,
    ...wrap(plain(message), width === undefined ? undefined : width - 2).map((line) => `  ${line}`),
    ...frame.map((line) => `    ${line}`.trimEnd()),
    ...finding.chain.flatMap((hop) => labelled('because', `${plain(hop.text)} (${at(report, hop.range)})`, options)),
    ...causesOf(finding).flatMap((cause) =>
      labelled('cause', `${plain(cause.expression)} (${at(report, cause.range)})`, options),
    ),
    ...(finding.ignored.length === 0 ? [] : labelled('ignored', finding.ignored.map(plain).join(', '), options)),
    ...(finding.fix === undefined ? [] : fixLines(report, finding.fix, options)),
    ...labelled('rule', docsUrl === undefined ? `prebuilds lint --explain ${rule}` : helpUri(rule, docsUrl), options),
  ].join('\n');
}

const at = ({ dir }: TemplateReport, range: { readonly file: string; readonly line: number; readonly column: number }): string =>
  `${plain(joined(dir, range.file))}:${String(range.line)}:${String(range.column)}`;

/** Those that the chain does not end at already. */
const causesOf = ({ causes, chain }: Finding): Finding['causes'] =>
  causes.filter(({ range }) => !chain.some((hop) => hop.range.file === range.file && hop.range.start === range.start));

/** A word in front of a text that is wrapped beside it. */
function labelled(label: string, value: string, { style, width }: FormatOptions): readonly string[] {
  const lines = wrap(value, width === undefined ? undefined : Math.max(20, width - 2 - LABEL));
  return lines.map((line, index) => `  ${index === 0 ? style.bold(label.padEnd(LABEL)) : ' '.repeat(LABEL)}${line}`);
}

function fixLines(report: TemplateReport, fix: Fix, options: FormatOptions): readonly string[] {
  const diff = [...byFile(fix.edits)].flatMap(([file, edits]) => {
    const before = report.sources.get(file);
    const after = before === undefined ? undefined : applyEdits(before, edits);
    return before === undefined || after === undefined ? [] : smallDiff(report, file, changedLines(before, after), options);
  });
  return [...labelled('fix', plain(fix.description), options), ...diff.map((line) => `    ${line}`)];
}

function smallDiff(
  { dir }: TemplateReport,
  file: string,
  { line, lines }: ReturnType<typeof changedLines>,
  { style, width }: FormatOptions,
): readonly string[] {
  const room = width === undefined ? Infinity : Math.max(20, width - 4);
  const painted = lines.slice(0, MOST_DIFF_LINES).map((one) => {
    const bare = plain(one.replaceAll('\t', '    '));
    const short = bare.length > room ? `${bare.slice(0, room - 1)}…` : bare;
    return one.startsWith('+') ? style.added(short) : style.removed(short);
  });
  const more = lines.length > MOST_DIFF_LINES ? [style.dim(`${String(lines.length - MOST_DIFF_LINES)} more lines`)] : [];
  return [style.dim(`${plain(joined(dir, file))}:${String(line)}`), ...painted, ...more];
}

function summaryLine(output: LintOutput, { style }: FormatOptions): string {
  const { severities, templates, files, suppressed, staleBaseline } = summaryOf(output);
  const found = SEVERITIES.filter((severity) => severities[severity] > 0).map((severity) =>
    style[severity](count(severities[severity], severity)),
  );
  const where = `in ${count(templates, 'template')} (${count(files, 'file')})`;
  const parts = [`${found.length === 0 ? 'no findings' : found.join(', ')} ${where}`];
  if (suppressed > 0) parts.push(`${String(suppressed)} suppressed`);
  if (staleBaseline > 0) parts.push(`${count(staleBaseline, 'baseline entry').replace(/entrys$/, 'entries')} no longer needed`);
  return parts.join('; ');
}
