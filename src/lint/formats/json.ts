import type { Range } from '../../template/syntax/ast.ts';
import type { Finding, Fix, TemplateReport } from '../model.ts';
import type { Fixed, Format } from './format.ts';
import { inOrder, summaryOf } from './order.ts';
import { compareText } from './text-tools.ts';

/**
 * The document of spec 9.4. It is a contract: fields may be added, never renamed. Files are relative to `dir`; lines and columns count
 * from 1, columns in UTF-16 units; `start` and `end` of edits count UTF-16 units from 0.
 */
export const json: Format = (output) =>
  `${JSON.stringify(
    {
      schema: 1,
      templates: inOrder(output.reports).map(templateJson),
      summary: summaryOf(output),
      fixed: output.fixed === undefined ? null : fixedJson(output.fixed),
    },
    null,
    2,
  )}\n`;

const templateJson = ({ dir, findings, replaced, covered }: TemplateReport) => ({
  dir,
  findings: findings.map(findingJson),
  replaced: replaced
    .map(({ address, type, attribute, kind, confidence }) => ({ address, type, attribute, kind, confidence }))
    .sort((a, b) => compareText(a.address, b.address) || compareText(a.attribute, b.attribute) || compareText(a.kind, b.kind)),
  covered: covered
    .map(({ address, attribute, by }) => ({ address, attribute, by }))
    .sort((a, b) => compareText(a.address, b.address) || compareText(a.attribute, b.attribute) || compareText(a.by, b.by)),
});

const findingJson = (finding: Finding) => ({
  rule: finding.rule,
  severity: finding.severity,
  confidence: finding.confidence,
  address: finding.address,
  attribute: finding.attribute,
  ...placeJson(finding.range),
  endLine: finding.range.endLine,
  endColumn: finding.range.endColumn,
  message: finding.message,
  causes: finding.causes.map(({ expression, range }) => ({ expression, ...placeJson(range) })),
  chain: finding.chain.map(({ text, range }) => ({ text, ...placeJson(range) })),
  ignored: finding.ignored,
  fix: finding.fix === undefined ? null : fixJson(finding.fix),
  suppressed: finding.suppressed === undefined ? null : { reason: finding.suppressed.reason },
});

const placeJson = ({ file, line, column }: Range) => ({ file, line, column });

const fixJson = ({ description, edits }: Fix) => ({
  description,
  edits: edits.map(({ file, start, end, text }) => ({ file, start, end, text })),
});

const fixedJson = ({ written, files, findings, refused, diff }: Fixed) => ({ written, files, findings, refused, diff });
