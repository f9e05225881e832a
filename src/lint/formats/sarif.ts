import { positionsOf } from '../../template/syntax/positions.ts';
import type { Range } from '../../template/syntax/ast.ts';
import { byFile } from '../edits.ts';
import { distinctFingerprints } from '../fingerprint.ts';
import type { Edit, Finding, Fix, Severity, TemplateReport } from '../model.ts';
import { helpUri, RULES } from '../rule-index.ts';
import { BASELINE_REASON } from '../baseline.ts';
import type { Format, FormatOptions } from './format.ts';
import { inOrder } from './order.ts';

const LEVEL: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', notice: 'note' };

/** SARIF 2.1.0: rules with their pages, code flows from the cause to the attribute, fixes, and fingerprints without line numbers. */
export const sarif: Format = ({ reports }, options) =>
  `${JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'prebuilds', version: options.version, rules: RULES.map((rule) => ruleJson(rule, options)) } },
          columnKind: 'utf16CodeUnits',
          results: inOrder(reports).flatMap((report) => resultsOf(report, options)),
        },
      ],
    },
    null,
    2,
  )}\n`;

function ruleJson({ id, family, severity, summary }: (typeof RULES)[number], { docsUrl, page }: FormatOptions) {
  const markdown = page(id);
  const command = `prebuilds lint --explain ${id}`;
  return {
    id,
    name: id,
    shortDescription: { text: `${summary}.` },
    helpUri: helpUri(id, docsUrl),
    help: { text: `See ${command}.`, ...(markdown === undefined ? {} : { markdown }) },
    defaultConfiguration: { level: LEVEL[severity] },
    properties: { tags: ['prebuilds', family] },
  };
}

function resultsOf(report: TemplateReport, options: FormatOptions): readonly unknown[] {
  const prints = distinctFingerprints(report.findings);
  return report.findings.map((finding, index) => {
    const place = (range: Range) => physical(report.dir, range, options);
    return {
      ruleId: finding.rule,
      ruleIndex: RULES.findIndex(({ id }) => id === finding.rule),
      level: LEVEL[finding.severity],
      message: { text: finding.message },
      locations: [
        {
          physicalLocation: place(finding.range),
          ...(finding.address === '' ? {} : { logicalLocations: [{ fullyQualifiedName: finding.address, kind: 'resource' }] }),
        },
      ],
      relatedLocations: steps(finding).map(({ text, range }, at) => ({
        id: at + 1,
        physicalLocation: place(range),
        message: { text },
      })),
      codeFlows: codeFlows(finding, place),
      fixes: finding.fix === undefined || finding.fix.edits.length === 0 ? [] : [fixJson(report, finding.fix, options)],
      partialFingerprints: { 'prebuilds/v1': `${options.place(report.dir, '')}:${prints[index] ?? ''}` },
      suppressions: finding.suppressed === undefined ? [] : [suppressionJson(finding.suppressed.reason)],
      properties: {
        confidence: finding.confidence,
        ...(finding.attribute === '' ? {} : { attribute: finding.attribute }),
        ...(finding.fix === undefined ? {} : { fix: finding.fix.description }),
      },
    };
  });
}

const suppressionJson = (reason: string) => ({
  kind: reason === BASELINE_REASON ? 'external' : 'inSource',
  justification: reason,
});

/** The hops from the attribute on, and the causes at their end. */
const steps = ({ chain, causes }: Finding): readonly { readonly text: string; readonly range: Range }[] => [
  ...chain,
  ...causes.map(({ expression, range }) => ({ text: `cause: ${expression}`, range })),
];

/** One per cause, in the direction in which the difference travels. */
function codeFlows({ causes, chain, message, range }: Finding, place: (range: Range) => unknown): readonly unknown[] {
  const end = [...chain].reverse().map((hop) => ({ text: hop.text, range: hop.range }));
  return causes.map((cause) => ({
    threadFlows: [
      {
        locations: [{ text: cause.expression, range: cause.range }, ...end, { text: message, range }].map((step) => ({
          location: { physicalLocation: place(step.range), message: { text: step.text } },
        })),
      },
    ],
  }));
}

const physical = (dir: string, range: Range, options: FormatOptions) => ({
  artifactLocation: artifact(dir, range.file, options),
  region: regionOf(range),
});

const regionOf = ({ line, column, endLine, endColumn }: Range) => ({
  startLine: line,
  startColumn: column,
  endLine,
  endColumn,
});

/** Below the root of the repository where the file lies in it, else an address of its own. */
function artifact(dir: string, file: string, { place }: FormatOptions) {
  const path = place(dir, file).split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? { uri: `file://${path}` } : { uri: path, uriBaseId: '%SRCROOT%' };
}

const fixJson = (report: TemplateReport, { description, edits }: Fix, options: FormatOptions) => ({
  description: { text: description },
  artifactChanges: [...byFile(edits)].map(([file, own]) => ({
    artifactLocation: artifact(report.dir, file, options),
    replacements: own.map((edit) => ({ deletedRegion: deleted(report, edit), insertedContent: { text: edit.text } })),
  })),
});

function deleted({ sources }: TemplateReport, { file, start, end }: Edit) {
  const source = sources.get(file);
  if (source === undefined) return { charOffset: start, charLength: end - start };
  return regionOf(positionsOf(file, source).range(start, end));
}
