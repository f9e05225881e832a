import type { Expr } from './ast.ts';
import { isFault, rangeOf, textOf, type ReadExpression, type Reading } from './reading.ts';
import type { Node } from './tree.ts';

/** `[for v in c : value if condition]` and `{for k, v in c : key => value... if condition}`. */
export function readFor(reading: Reading, node: Node, read: ReadExpression): Expr {
  const range = rangeOf(reading, node);
  const intro = node.children.find(({ type }) => type === 'for_intro');
  const condition = node.children.find(({ type }) => type === 'for_cond')?.children[0];
  const results = node.children.filter(({ type }) => type === 'expression');
  const names = readNames(reading, intro);
  const [first, second] = results;
  if (names === undefined || first === undefined) return { kind: 'invalid', range };
  const object = node.type === 'for_object_expr';
  const value = object ? second : first;
  if (value === undefined || condition?.type === 'ERROR') return { kind: 'invalid', range };
  return {
    kind: 'for',
    keyName: names.keyName,
    valueName: names.valueName,
    collection: read(reading, names.collection, true),
    key: object ? read(reading, first, true) : undefined,
    value: read(reading, value, true),
    condition: condition === undefined ? undefined : read(reading, condition, true),
    group: node.children.some(({ type }) => type === 'ellipsis'),
    range,
  };
}

export interface ForNames {
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Node;
}

/** `v in c` or `k, v in c`: the names and the node of the collection. Undefined when it could not be read. */
export function readNames(reading: Reading, node: Node | undefined): ForNames | undefined {
  if (node === undefined || node.children.some(isFault)) return undefined;
  const words = node.children.filter(({ type }) => type === 'identifier').map((word) => textOf(reading, word));
  const collection = node.children.find(({ type }) => type === 'expression');
  const valueName = words.at(-1);
  if (valueName === undefined || collection === undefined) return undefined;
  return { keyName: words.length > 1 ? words[0] : undefined, valueName, collection };
}
