import { LineCounter, parseDocument, type Document } from 'yaml';
import { messageOf, UserError } from '../kit/errors.ts';
import { issueWords } from '../kit/issue-words.ts';
import { dotted, keyNode, lineOf, nodeAt } from '../lint/yaml-place.ts';
import { configSchema, keysAt, NOT_YET, type ConfigFile } from './config-schema.ts';
import { suggest } from './suggest.ts';

/**
 * Reads the text of a configuration file. UserError with `file:line` for the first thing that is wrong: YAML that cannot be read, an
 * unknown key (with the closest known one), a value of the wrong kind (spec 3).
 */
export function parseConfigFile(text: string, file: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw wrong(file, line, `is not valid YAML at column ${String(col)}: ${broken.message}`);
  }
  const content = contentOf(document, file);
  const result = configSchema.safeParse(content);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (issue === undefined) throw wrong(file, 1, 'is not a configuration');
  if (issue.code === 'unrecognized_keys') throw unknownKey(document, lines, file, issue.path, issue.keys[0] ?? '');
  const at = lineOf(nodeAt(document, issue.path), lines);
  const name = issue.path.length === 0 ? 'the file' : `\`${dotted(issue.path)}\``;
  throw wrong(file, at, `${name}: ${issueWords(issue)}`, hintFor(issue.path));
}

/** Aliases that refer to aliases grow without bounds, so the reader stops at a hundred. */
function contentOf(document: Document, file: string): unknown {
  try {
    return (document.toJS() as unknown) ?? {};
  } catch (error) {
    throw wrong(file, 1, `cannot be read: ${messageOf(error)}`, 'write out what the aliases (`*name`) stand for');
  }
}

function hintFor(path: readonly PropertyKey[]): string {
  if (path.at(-1) === 'readiness') return 'readiness is auto, agent, probe or provisioned';
  if (path.length === 0) return `top-level keys are ${keysAt([]).join(', ')}`;
  return 'correct the value, or remove the key to get the default';
}

function unknownKey(document: Document, lines: LineCounter, file: string, path: readonly PropertyKey[], key: string): UserError {
  const line = lineOf(keyNode(document, path, key), lines);
  const full = dotted([...path, key]);
  if (NOT_YET.has(key)) {
    return wrong(file, line, `\`${full}\` has no effect in this version`, 'remove the key until a version that serves it');
  }
  const known = keysAt(path);
  const close = suggest(key, known);
  return wrong(
    file,
    line,
    `unknown key \`${full}\``,
    close === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${close}\`?`,
  );
}

const wrong = (file: string, line: number, what: string, hint = 'correct the file'): UserError =>
  new UserError('config_invalid', `${file}:${String(line)}: ${what}`, { hint, details: { file, line } });
