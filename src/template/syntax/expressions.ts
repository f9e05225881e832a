import type { BinaryOp, Expr, ObjectEntry } from './ast.ts';
import { readFor } from './for.ts';
import { readHeredoc, readQuoted, readString } from './templates.ts';
import { deeper, isFault, lineEndsBetween, MAX_CHAIN, rangeOf, report, reportDepth, textOf, type Reading } from './reading.ts';
import { readPostfix } from './postfix.ts';
import type { Node } from './tree.ts';

/** An `expression` node. `free`: line breaks are allowed, since brackets stand around it. Nodes with errors become `invalid`. */
export function readExpression(reading: Reading, node: Node, free: boolean): Expr {
  const invalid = (): Expr => ({ kind: 'invalid', range: rangeOf(reading, node) });
  return deeper(reading, node, invalid, () => {
    const [first] = node.children;
    if (first === undefined || node.children.some(isFault)) return invalid();
    if (first.type === 'conditional') return readConditional(reading, first, free);
    return readTerms(reading, node.children, free);
  });
}

/** A term and what follows it: `term`, `.name`, `[0]`, `[*]`. */
function readTerms(reading: Reading, nodes: readonly Node[], free: boolean): Expr {
  const [first, ...rest] = nodes;
  if (first === undefined) return { kind: 'invalid', range: reading.positions.range(0, 0) };
  if (!free) checkLines(reading, nodes);
  // An expression in parentheses begins after them.
  const begin = first.type === 'expression' ? reading.text.lastIndexOf('(', first.start) : first.start;
  return readPostfix(reading, readTerm(reading, first, free), begin, rest, readExpression);
}

/** HCL ends an expression with its line when no bracket is open. */
function checkLines(reading: Reading, nodes: readonly Node[]): void {
  if (reading.damaged) return;
  for (const [index, node] of nodes.entries()) {
    const next = nodes[index + 1];
    if (next === undefined || !lineEndsBetween(reading, node.end, next.start)) continue;
    report(reading, 'an expression that goes on in the next line must stand in parentheses', next.start, next.end);
    return;
  }
}

function readTerm(reading: Reading, node: Node, free: boolean): Expr {
  const range = rangeOf(reading, node);
  const child = node.children.find((each) => !isFault(each));
  switch (node.type) {
    case 'literal_value':
    case 'template_expr':
    case 'collection_value':
    case 'for_expr':
    case 'operation':
      return child === undefined || node.children.some(isFault) ? { kind: 'invalid', range } : readTerm(reading, child, free);
    case 'expression':
      return readExpression(reading, node, true);
    case 'variable_expr':
      return node.end > node.start ? { kind: 'root', name: textOf(reading, node), range } : { kind: 'invalid', range };
    case 'numeric_lit':
      return readNumber(reading, node);
    case 'bool_lit':
      return { kind: 'literal', value: textOf(reading, node) === 'true', range };
    case 'null_lit':
      return { kind: 'literal', value: null, range };
    case 'string_lit':
      return readString(reading, node);
    case 'quoted_template':
      return readQuoted(reading, node, readExpression);
    case 'heredoc_template':
      return readHeredoc(reading, node, readExpression);
    default:
      return readCompound(reading, node, free);
  }
}

function readCompound(reading: Reading, node: Node, free: boolean): Expr {
  const range = rangeOf(reading, node);
  if (node.children.some(isFault)) return { kind: 'invalid', range };
  switch (node.type) {
    case 'function_call':
      return readCall(reading, node);
    case 'unary_operation':
      return readUnary(reading, node, free);
    case 'binary_operation':
      return readBinary(reading, node, free);
    case 'tuple':
      return { kind: 'tuple', items: node.children.map((item) => readExpression(reading, item, true)), range };
    case 'object':
      return readObject(reading, node);
    case 'for_tuple_expr':
    case 'for_object_expr':
      return readFor(reading, node, readExpression);
    default:
      return { kind: 'invalid', range };
  }
}

function readNumber(reading: Reading, node: Node): Expr {
  const range = rangeOf(reading, node);
  const text = textOf(reading, node);
  if (/^\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return { kind: 'literal', value: Number(text), range };
  report(reading, `${text} is not a number: only decimal ones are known`, node.start, node.end);
  return { kind: 'invalid', range };
}

function readCall(reading: Reading, node: Node): Expr {
  const [name, list] = node.children;
  const items = list?.children ?? [];
  if (name === undefined || items.some(isFault)) return { kind: 'invalid', range: rangeOf(reading, node) };
  return {
    kind: 'call',
    name: textOf(reading, name),
    args: items.filter(({ type }) => type === 'expression').map((item) => readExpression(reading, item, true)),
    expand: items.at(-1)?.type === 'ellipsis',
    range: rangeOf(reading, node),
  };
}

function readUnary(reading: Reading, node: Node, free: boolean): Expr {
  const [op, ...terms] = node.children;
  const range = rangeOf(reading, node);
  if (op?.type !== '-' && op?.type !== '!') return { kind: 'invalid', range };
  const sign = op.type;
  const of = deeper<Expr>(
    reading,
    node,
    () => ({ kind: 'invalid', range }),
    () => readTerms(reading, terms, free),
  );
  return { kind: 'unary', op: sign, of, range };
}

const OPERATORS: ReadonlySet<string> = new Set(['||', '&&', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%']);
const isOperator = (type: string): type is BinaryOp => OPERATORS.has(type);

function readBinary(reading: Reading, node: Node, free: boolean): Expr {
  const range = rangeOf(reading, node);
  const at = node.children.findIndex(({ type }) => isOperator(type));
  const op = node.children[at]?.type ?? '';
  const left = node.children.slice(0, at);
  const right = node.children.slice(at + 1);
  if (!isOperator(op) || left.length === 0 || right.length === 0) return { kind: 'invalid', range };
  if (!free) checkLines(reading, node.children);
  return deeper<Expr>(
    reading,
    node,
    () => ({ kind: 'invalid', range }),
    () => ({ kind: 'binary', op, left: readTerms(reading, left, true), right: readTerms(reading, right, free), range }),
  );
}

/** `a ? b : c ? d : e`: the grammar groups to the left, HCL to the right. */
function readConditional(reading: Reading, node: Node, free: boolean): Expr {
  const branches = branchesOf(node);
  const [first] = branches;
  if (branches.length > MAX_CHAIN) reportDepth(reading, node);
  if (first === undefined || branches.length > MAX_CHAIN) return { kind: 'invalid', range: rangeOf(reading, node) };
  let result = readExpression(reading, first.otherwise, free);
  for (const branch of branches) {
    if (!free) checkLines(reading, [branch.condition, branch.then, branch.otherwise]);
    const condition = readExpression(reading, branch.condition, free);
    const then = readExpression(reading, branch.then, free);
    const range = reading.positions.range(branch.condition.start, node.end);
    result = { kind: 'conditional', condition, then, otherwise: result, range };
  }
  return result;
}

interface Branch {
  readonly condition: Node;
  readonly then: Node;
  readonly otherwise: Node;
}

/** The conditions of a chain, last one first. Empty when a part could not be read. */
function branchesOf(node: Node): readonly Branch[] {
  const branches: Branch[] = [];
  let at: Node | undefined = node;
  while (at !== undefined) {
    const [condition, then, otherwise]: readonly (Node | undefined)[] = at.children;
    if (condition === undefined || then === undefined || otherwise === undefined || at.children.some(isFault)) return [];
    const [inner]: readonly (Node | undefined)[] = condition.children;
    at = inner?.type === 'conditional' ? inner : undefined;
    // What the grammar takes for the condition ends with the inner one's last part, which is the condition of this branch.
    branches.push({ condition: at?.children[2] ?? condition, then, otherwise });
  }
  return branches;
}

function readObject(reading: Reading, node: Node): Expr {
  const entries: ObjectEntry[] = [];
  let before: Node | undefined;
  for (const element of node.children) {
    const [key, value] = element.children;
    if (key === undefined || value === undefined || element.children.some(isFault)) continue;
    if (before !== undefined && !/[,\n]/.test(reading.text.slice(before.end, element.start))) {
      report(reading, 'a comma or a new line must stand between two elements of an object', element.start, element.end);
    }
    before = element;
    entries.push({ key: readKey(reading, key), value: readExpression(reading, value, false) });
  }
  return { kind: 'object', entries, range: rangeOf(reading, node) };
}

/** A bare word is a string, `true` and `null` too. */
function readKey(reading: Reading, node: Node): Expr {
  const [only, ...more] = node.children;
  const word = only?.type === 'literal_value' ? only.children[0] : only;
  if (more.length === 0 && word !== undefined && ['variable_expr', 'bool_lit', 'null_lit'].includes(word.type)) {
    return { kind: 'literal', value: textOf(reading, word), range: rangeOf(reading, word) };
  }
  return readExpression(reading, node, false);
}
