import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import type { Attribute, Block, Body, Comment, ParsedFile, Range } from './ast.ts';
import { expressionOf, type JsonReading, type Mode, type ReadTemplate } from './json-expressions.ts';
import { positionsOf } from './positions.ts';

/** Labels of the blocks of a configuration file; other properties have none. */
const LABELS: Readonly<Record<string, number>> = {
  resource: 2,
  data: 2,
  ephemeral: 2,
  action: 2,
  module: 1,
  variable: 1,
  output: 1,
  provider: 1,
  check: 1,
};

/**
 * A `.tf.json` file as blocks whose bodies have attributes only, or a `.tfvars.json` file as attributes. Strict JSON. Strings are
 * templates, except where the engine takes names, types and defaults.
 */
export function parseJson(path: string, text: string, readTemplate: ReadTemplate): ParsedFile {
  const positions = positionsOf(path, text);
  const reading: JsonReading = { text, positions, problems: [], readTemplate };
  const comments: Comment[] = [];
  const content: { attributes: Attribute[]; blocks: Block[] } = { attributes: [], blocks: [] };
  const variables = path.endsWith('.tfvars.json');
  try {
    const root = readTree(reading);
    if (root !== undefined) {
      for (const property of propertiesOf(reading, root, comments)) {
        if (variables) content.attributes.push(...attributesOf(reading, [property], () => 'plain'));
        else content.blocks.push(...blocksOf(reading, property, comments));
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report(reading, 'this is nested too deeply to be read', 0, 1);
  }
  const body: Body = { ...content, range: positions.range(0, text.length) };
  const problems = [...reading.problems].sort((a, b) => a.range.start - b.range.start);
  return { path, text, json: true, body, comments, problems };
}

function readTree(reading: JsonReading): Node | undefined {
  const errors: ParseError[] = [];
  const strict = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };
  const root = parseTree(reading.text.replace(/^\uFEFF/, ' '), errors, strict);
  for (const [index, { error, offset, length }] of errors.entries()) {
    // The first one of a place says it.
    if (errors[index - 1]?.offset !== offset)
      report(reading, describe(printParseErrorCode(error)), offset, offset + Math.max(length, 1));
  }
  return root;
}

/** `PropertyNameExpected` as "property name expected". */
const describe = (code: string): string =>
  code === 'InvalidCommentToken' ? 'JSON has no comments' : code.replace(/(?!^)([A-Z])/g, ' $1').toLowerCase();

interface Property {
  readonly name: string;
  readonly key: Node;
  readonly value: Node;
}

/** Properties of an object, or of all objects of a list: HCL takes both for a body. `"//"` is a comment. */
function propertiesOf(reading: JsonReading, node: Node, comments: Comment[]): readonly Property[] {
  if (node.type === 'null') return [];
  if (node.type === 'array') return (node.children ?? []).flatMap((item) => propertiesOf(reading, item, comments));
  if (node.type !== 'object') {
    report(reading, 'an object is expected here', node.offset, node.offset + node.length);
    return [];
  }
  const properties: Property[] = [];
  for (const { children: [key, value] = [] } of node.children ?? []) {
    if (key === undefined || value === undefined) continue;
    const name = String(key.value);
    if (name === '//') comments.push(commentOf(reading, key, value));
    else properties.push({ name, key, value });
  }
  return properties;
}

function commentOf(reading: JsonReading, key: Node, value: Node): Comment {
  const lineStart = reading.text.lastIndexOf('\n', key.offset) + 1;
  return {
    text: typeof value.value === 'string' ? value.value.trim() : '',
    range: rangeOf(reading, key, value),
    ownLine: reading.text.slice(lineStart, key.offset).trim() === '',
  };
}

function blocksOf(reading: JsonReading, property: Property, comments: Comment[]): readonly Block[] {
  const found: Block[] = [];
  const unpack = (at: Property, labels: readonly string[], left: number): void => {
    if (left > 0) {
      for (const inner of propertiesOf(reading, at.value, comments)) unpack(inner, [...labels, inner.name], left - 1);
      return;
    }
    // A list holds several blocks of these labels.
    const bodies = at.value.type === 'array' ? (at.value.children ?? []) : at.value.type === 'null' ? [] : [at.value];
    for (const body of bodies) {
      const mode = (name: string): Mode => modeOf(property.name, name);
      found.push({
        type: property.name,
        labels,
        body: {
          attributes: attributesOf(reading, propertiesOf(reading, body, comments), mode),
          blocks: [],
          range: reading.positions.range(body.offset + 1, body.offset + body.length - 1),
        },
        headRange: rangeOf(reading, at.key, at.key),
        range: rangeOf(reading, at.key, body),
      });
    }
  };
  unpack(property, [], LABELS[property.name] ?? 0);
  return found;
}

function attributesOf(reading: JsonReading, properties: readonly Property[], mode: (name: string) => Mode): readonly Attribute[] {
  const names = new Set<string>();
  return properties.map(({ name, key, value }): Attribute => {
    const nameRange = rangeOf(reading, key, key);
    if (names.has(name)) report(reading, `${name} is set twice`, nameRange.start, nameRange.end);
    names.add(name);
    return { name, nameRange, expr: expressionOf(reading, value, mode(name)), range: rangeOf(reading, key, value) };
  });
}

const RESOURCE: Readonly<Record<string, Mode>> = { depends_on: 'reference', provider: 'reference', lifecycle: 'lifecycle' };
const MOVE: Readonly<Record<string, Mode>> = { from: 'reference', to: 'reference' };
/** How the engine reads the strings of arguments of blocks, where they are not templates. */
const MODES: Readonly<Record<string, Readonly<Record<string, Mode>>>> = {
  resource: RESOURCE,
  data: RESOURCE,
  ephemeral: RESOURCE,
  module: { depends_on: 'reference', providers: 'reference', lifecycle: 'lifecycle' },
  output: { depends_on: 'reference' },
  variable: { type: 'reference', default: 'plain' },
  moved: MOVE,
  removed: MOVE,
  import: MOVE,
};

const modeOf = (block: string, name: string): Mode => (block === 'terraform' ? 'plain' : (MODES[block]?.[name] ?? 'template'));

const rangeOf = (reading: JsonReading, from: Node, to: Node): Range =>
  reading.positions.range(from.offset, to.offset + to.length);

function report(reading: JsonReading, message: string, start: number, end: number): void {
  reading.problems.push({ message, range: reading.positions.range(start, end) });
}
