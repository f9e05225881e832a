import type { Body, ParsedFile, SyntaxParser, SyntaxProblem } from './ast.ts';
import { newContent } from './bodies.ts';
import { readExpression } from './expressions.ts';
import { reportFaults } from './faults.ts';
import { parseJson } from './json.ts';
import type { ReadTemplate } from './json-expressions.ts';
import { maskTemplate } from './mask.ts';
import { readNative, type Native } from './native.ts';
import { positionsOf, type Positions } from './positions.ts';
import { deeper, report, reportDepth, type Reading } from './reading.ts';
import { readBare } from './templates.ts';
import { createTreeReader, newPatience, type Node, type TreeReader } from './tree.ts';

/** Loads the grammar and makes a parser. It may be used for any number of files. */
export async function createSyntaxParser(): Promise<SyntaxParser> {
  const reader = await createTreeReader();
  const readTemplate: ReadTemplate = (text, positions) => parseBare(reader, newReading(text, positions));
  return {
    parseFile: (path, text) => (path.endsWith('.json') ? parseJson(path, text, readTemplate) : parseNative(reader, path, text)),
    parseTemplate: (path, text) => readTemplate(text, positionsOf(path, text)),
  };
}

const newReading = (text: string, positions: Positions): Reading => ({ text, positions, problems: [], damaged: false, depth: 0 });

function parseNative(reader: TreeReader, path: string, text: string): ParsedFile {
  const reading = newReading(text, positionsOf(path, text));
  const native: Native = { content: newContent(), comments: [] };
  try {
    readNative(reader, reading, native);
  } catch (error) {
    if (!outOfRoom(error)) throw error;
    reportDepth(reading, { start: 0 });
  }
  const { content, comments } = native;
  const body: Body = { attributes: content.attributes, blocks: content.blocks, range: reading.positions.range(0, text.length) };
  return { path, text, json: false, body, comments, problems: inOrder(reading.problems) };
}

const OPEN = 'x=<<X\n';

function parseBare(reader: TreeReader, reading: Reading): ReturnType<ReadTemplate> {
  const { text } = reading;
  const masked = maskTemplate(text);
  for (const { message, start, end } of masked.problems) report(reading, message, start, end);
  // As the only heredoc of a file, which the grammar can read. What is left of the text is in sequences.
  const tree = reader.read(`${OPEN}${masked.text}\nX\n`, -OPEN.length, newPatience());
  reportFaults(reading, tree?.faults ?? []);
  const heredoc = tree === undefined ? undefined : find(tree.root, 'heredoc_template');
  if (tree === undefined || heredoc === undefined) {
    if (reading.problems.length === 0) report(reading, 'this template cannot be read', 0, text.length);
    return { parts: [], problems: reading.problems };
  }
  const parts = deeper(
    reading,
    heredoc,
    () => [],
    () => readBare(reading, heredoc, 0, text.length, readExpression),
  );
  return { parts, problems: inOrder(reading.problems) };
}

function find(root: Node, type: string): Node | undefined {
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type === type) return node;
    for (const child of node.children) open.push(child);
  }
  return undefined;
}

/** The stack is at its end, here or in the grammar: the limits on depth are meant to be met before. */
const outOfRoom = (error: unknown): boolean => error instanceof RangeError || error instanceof WebAssembly.RuntimeError;

const inOrder = (problems: readonly SyntaxProblem[]): readonly SyntaxProblem[] =>
  [...problems].sort((a, b) => a.range.start - b.range.start);
