import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { nearest } from '../domain/nearest.ts';
import { UserError } from '../kit/errors.ts';
import { dotted, keyNode, lineOf, nodeAt } from './yaml-place.ts';

/**
 * Reads YAML by a schema. UserError with `file:line` for the first thing that is wrong: text that is no YAML, an unknown key (with the
 * closest known one), a value of the wrong kind.
 */
export function readYaml<T>(text: string, file: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw wrong(file, line, `is not valid YAML at column ${String(col)}: ${broken.message}`);
  }
  const content: unknown = toPlain(document, file) ?? {};
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (issue === undefined) throw wrong(file, 1, 'is not a settings file');
  const [key] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  if (key !== undefined)
    throw unknownKey(lineOf(keyNode(document, issue.path, key), lines), file, issue.path, key, keysAt(schema, issue.path));
  const path = issue.path;
  const node = issue.code === 'invalid_key' ? keyNode(document, path.slice(0, -1), String(path.at(-1))) : nodeAt(document, path);
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  throw wrong(file, lineOf(node, lines), `${path.length === 0 ? 'the file' : `\`${dotted(path)}\``}: ${message}`);
}

/** Aliases of aliases can stand for more than memory holds: the reader refuses them. */
function toPlain(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw wrong(file, 1, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function unknownKey(line: number, file: string, path: readonly PropertyKey[], key: string, known: readonly string[]): UserError {
  const close = nearest(key, known);
  const hint = close === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${close}\`?`;
  return wrong(file, line, `unknown key \`${dotted([...path, key])}\``, hint);
}

const wrong = (file: string, line: number, what: string, hint = 'correct the file; docs/lint.md describes it'): UserError =>
  new UserError('settings_invalid', `${file}:${String(line)}: ${what}`, { hint, details: { file, line } });

/** Names that may stand at a path; empty where anything may. */
function keysAt(root: unknown, path: readonly PropertyKey[]): readonly string[] {
  let schema = bare(root);
  for (const step of path) {
    if (schema instanceof z.ZodObject) schema = bare((schema.shape as Record<string, unknown>)[String(step)]);
    else if (schema instanceof z.ZodRecord) schema = bare(schema.valueType);
    else if (schema instanceof z.ZodArray) schema = bare(schema.element);
    else return [];
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

const bare = (schema: unknown): unknown => (schema instanceof z.ZodOptional ? bare(schema.unwrap()) : schema);
