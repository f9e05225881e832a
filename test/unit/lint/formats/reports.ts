import { positionsOf } from '../../../../src/template/syntax/positions.ts';
import type { Range } from '../../../../src/template/syntax/ast.ts';
import { PLAIN, type FormatOptions, type LintOutput } from '../../../../src/lint/formats/format.ts';
import { joined } from '../../../../src/lint/formats/text-tools.ts';
import type { Finding, TemplateReport } from '../../../../src/lint/model.ts';

export const SOURCE = `resource "docker_container" "w" {
  image = "x"
\tenv   = ["OWNER=\${data.coder_workspace_owner.me.name}"]
  lifecycle {
    ignore_changes = [image]
  }
}
`;

/** The range of a piece of SOURCE, or of another text. */
export function rangeOf(piece: string, file = 'main.tf', source = SOURCE): Range {
  const start = source.indexOf(piece);
  if (start === -1) throw new Error(`no ${piece}`);
  return positionsOf(file, source).range(start, start + piece.length);
}

const CAUSE = 'data.coder_workspace_owner.me.name';

export const finding = (given: Partial<Finding> = {}): Finding => ({
  rule: 'claim/replace',
  severity: 'error',
  confidence: 'certain',
  address: 'docker_container.w',
  attribute: 'env',
  range: rangeOf('["OWNER=${data.coder_workspace_owner.me.name}"]'),
  message: 'it is rebuilt',
  causes: [{ expression: CAUSE, range: rangeOf(CAUSE) }],
  chain: [{ text: '`env` follows the owner', range: rangeOf('"OWNER=') }],
  ignored: ['image'],
  fix: {
    description: 'add `env` to ignore_changes',
    edits: [{ file: 'main.tf', start: SOURCE.indexOf('image]') + 5, end: SOURCE.indexOf('image]') + 5, text: ', env' }],
  },
  suppressed: undefined,
  ...given,
});

export const bare = (given: Partial<Finding> = {}): Finding =>
  finding({ causes: [], chain: [], ignored: [], fix: undefined, ...given });

export const report = (findings: readonly Finding[], given: Partial<TemplateReport> = {}): TemplateReport => ({
  dir: 'docker',
  findings,
  replaced: [],
  covered: [],
  sources: new Map([['main.tf', SOURCE]]),
  ...given,
});

export const output = (reports: readonly TemplateReport[], given: Partial<LintOutput> = {}): LintOutput => ({
  reports,
  files: 1,
  staleBaseline: 0,
  fixed: undefined,
  ...given,
});

export const options = (given: Partial<FormatOptions> = {}): FormatOptions => ({
  style: PLAIN,
  width: undefined,
  failOn: () => 'error',
  version: '1.2.3',
  docsUrl: undefined,
  page: () => undefined,
  place: joined,
  ...given,
});
