import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../kit/errors.ts';
import { ruleInfo } from '../../lint/rule-index.ts';
import type { Finding } from '../../lint/model.ts';
import type { HclParser } from '../../template/hcl.ts';
import type { Configuration } from '../../template/syntax/configuration.ts';
import { positionsOf } from '../../template/syntax/positions.ts';
import { filesOf } from './files.ts';

export interface ExactInput {
  readonly configuration: Configuration;
  readonly findings: readonly Finding[];
  /** `--strict-syntax`: every file, not only those that could not be read. */
  readonly strict: boolean;
  readonly parser: () => HclParser;
}

/**
 * The findings with the `syntax` ones of a file replaced by what HashiCorp's own parser says of it, where it says something. That parser
 * is loaded only when there is a file to ask about. JSON files keep their findings: it has nothing to add there.
 */
export async function withExactSyntax({ configuration, findings, strict, parser }: ExactInput): Promise<readonly Finding[]> {
  const broken = new Set(findings.filter(({ rule }) => rule === 'syntax').map(({ range }) => range.file));
  const texts = new Map(filesOf(configuration).map(({ path, text }) => [path, text]));
  const names = strict ? new Set([...texts.keys(), ...variableFiles(configuration.dir), ...broken]) : broken;
  const exact: Finding[] = [];
  for (const file of [...names].filter((name) => !name.endsWith('.json'))) {
    const text = texts.get(file) ?? readText(join(configuration.dir, file));
    const found = text === undefined ? undefined : await problemOf(parser(), file, text);
    if (found !== undefined) exact.push(found);
  }
  const replaced = new Set(exact.map(({ range }) => range.file));
  return [...findings.filter(({ rule, range }) => rule !== 'syntax' || !replaced.has(range.file)), ...exact];
}

async function problemOf(parser: HclParser, file: string, text: string): Promise<Finding | undefined> {
  try {
    await parser.parse(file, text);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { line = 0, column = 0 } = (error.details ?? {}) as { readonly line?: number; readonly column?: number };
    const prefix = `${file}:${String(line)}:${String(column)}: `;
    const message = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
    return syntaxFinding(file, text, line, column, message);
  }
}

function syntaxFinding(file: string, text: string, line: number, column: number, message: string): Finding {
  const before = text.split('\n').slice(0, Math.max(0, line - 1));
  const start = before.reduce((sum, one) => sum + one.length + 1, 0) + Math.max(0, column - 1);
  return {
    rule: 'syntax',
    severity: ruleInfo('syntax').severity,
    confidence: 'certain',
    address: '',
    attribute: '',
    range: positionsOf(file, text).range(start, start),
    message,
    causes: [],
    chain: [],
    ignored: [],
    fix: undefined,
    suppressed: undefined,
  };
}

/** Variables files that the engine reads by itself. */
const variableFiles = (dir: string): readonly string[] =>
  readdirSync(dir).filter((name) => name === 'terraform.tfvars' || name.endsWith('.auto.tfvars'));

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
