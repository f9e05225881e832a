import { isMap, isNode, isScalar, type Document, type LineCounter, type Node } from 'yaml';

/** A path as people write it. */
export const dotted = (path: readonly PropertyKey[]): string => path.map(String).join('.');

/** The node at a path, or the nearest above it that is there. */
export function nodeAt(document: Document, path: readonly PropertyKey[]): Node | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node;
  }
  return document.contents ?? undefined;
}

/** The key of a map, for errors about the key itself. */
export function keyNode(document: Document, path: readonly PropertyKey[], key: string): Node | undefined {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap(map)) return undefined;
  return map.items.map((pair) => pair.key).find((node): node is Node => isScalar(node) && String(node.value) === key);
}

/** Line of a node, from 1; 1 when there is none. */
export const lineOf = (node: Node | undefined, lines: LineCounter): number => {
  const start = node?.range?.[0];
  return start === undefined ? 1 : lines.linePos(start).line;
};
