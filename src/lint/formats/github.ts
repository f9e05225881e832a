import { severityRank } from '../threshold.ts';
import type { Finding } from '../model.ts';
import type { Format } from './format.ts';
import { inOrder } from './order.ts';

/**
 * Workflow commands, which GitHub shows as annotations of a change. It takes ten of each severity from one step: the gravest come first.
 * Line ends inside a message are kept, escaped.
 */
export const github: Format = ({ reports }, { place }) =>
  inOrder(reports)
    .flatMap(({ dir, findings }) => findings.map((finding) => ({ finding, file: place(dir, finding.range.file) })))
    .filter(({ finding }) => finding.suppressed === undefined)
    .sort((a, b) => severityRank(a.finding.severity) - severityRank(b.finding.severity))
    .map(({ finding, file }) => command(finding, file))
    .join('');

function command(finding: Finding, file: string): string {
  const { range, rule, severity } = finding;
  const properties: readonly (readonly [string, string])[] = [
    ['file', file],
    ['line', String(range.line)],
    ['endLine', String(range.endLine)],
    // Columns only count within one line.
    ...(range.line === range.endLine
      ? ([
          ['col', String(range.column)],
          ['endColumn', String(range.endColumn)],
        ] as const)
      : []),
    ['title', rule],
  ];
  const list = properties.map(([name, value]) => `${name}=${escapeProperty(value)}`).join(',');
  return `::${severity} ${list}::${escapeData(body(finding))}\n`;
}

function body({ message, chain, fix }: Finding): string {
  const because = chain.map(({ text, range }) => `because ${text} (${range.file}:${String(range.line)})`);
  return [message, ...because, ...(fix === undefined ? [] : [`fix: ${fix.description}`])].join('\n');
}

/** What the runner turns back: `%`, and line ends, which would end the command. Other control characters are left out. */
const escapeData = (text: string): string =>
  text
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '')
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A');

const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
