import { createSyntaxParser } from '../../../../src/template/syntax/parser.ts';
import type { Body, Expr, ParsedFile, SyntaxProblem, TemplatePart } from '../../../../src/template/syntax/ast.ts';

/** One parser for all tests. */
export const parser = await createSyntaxParser();

/** An expression in one line, every node with its brackets. */
export function show(expr: Expr): string {
  switch (expr.kind) {
    case 'literal':
      return JSON.stringify(expr.value);
    case 'template':
      return `T(${expr.parts.map(showPart).join(' ')})`;
    case 'root':
      return expr.name;
    case 'attr':
      return `${show(expr.of)}.${expr.name}`;
    case 'index':
      return `${show(expr.of)}[${show(expr.key)}]`;
    case 'splat':
      return `(${show(expr.of)}${expr.full ? '[*]' : '.*'} ${show(expr.each)})`;
    case 'item':
      return '@';
    case 'call':
      return `${expr.name}(${expr.args.map(show).join(', ')}${expr.expand ? '...' : ''})`;
    case 'conditional':
      return `(${show(expr.condition)} ? ${show(expr.then)} : ${show(expr.otherwise)})`;
    case 'binary':
      return `(${show(expr.left)} ${expr.op} ${show(expr.right)})`;
    case 'unary':
      return `(${expr.op}${show(expr.of)})`;
    case 'tuple':
      return `[${expr.items.map(show).join(', ')}]`;
    case 'object':
      return `{${expr.entries.map(({ key, value }) => `${show(key)}=${show(value)}`).join(', ')}}`;
    case 'for':
      return showFor(expr);
    case 'invalid':
      return '!!';
  }
}

function showFor(expr: Extract<Expr, { kind: 'for' }>): string {
  const names = expr.keyName === undefined ? expr.valueName : `${expr.keyName},${expr.valueName}`;
  const key = expr.key === undefined ? '' : `${show(expr.key)} => `;
  const condition = expr.condition === undefined ? '' : ` if ${show(expr.condition)}`;
  return `for(${names} in ${show(expr.collection)}: ${key}${show(expr.value)}${expr.group ? '...' : ''}${condition})`;
}

export function showPart(part: TemplatePart): string {
  switch (part.kind) {
    case 'text':
      return JSON.stringify(part.text);
    case 'interpolation':
      return `<${show(part.expr)}>`;
    case 'if':
      return `if(${show(part.condition)}: ${part.then.map(showPart).join(' ')} | ${part.otherwise.map(showPart).join(' ')})`;
    case 'for':
      return `for(${part.keyName ?? '-'},${part.valueName} in ${show(part.collection)}: ${part.body.map(showPart).join(' ')})`;
  }
}

/** A body in lines: attributes first, then blocks. */
export const showBody = (body: Body): string =>
  [
    ...body.attributes.map(({ name, expr }) => `${name} = ${show(expr)}`),
    ...body.blocks.map((block) => `${[block.type, ...block.labels].join(' ')} { ${showBody(block.body)} }`),
  ].join('; ');

/** Problems as `line:column message`. */
export const showProblems = (problems: readonly SyntaxProblem[]): string[] =>
  problems.map(({ message, range }) => `${range.line}:${range.column} ${message}`);

export const parse = (text: string, path = 'main.tf'): ParsedFile => parser.parseFile(path, text);

/** The expression of `x = <text>`, which must be read without problems. */
export function expression(text: string): Expr {
  const { body, problems } = parse(`x = ${text}\n`);
  if (problems.length > 0) throw new Error(showProblems(problems).join('; '));
  return body.attributes[0]!.expr;
}
