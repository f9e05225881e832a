/**
 * The typed syntax of one configuration file: what HCL native syntax and its JSON form have in common. Built from the tree-sitter tree
 * (native) or from a JSON tree with positions; everything carries the range it was read from.
 */

/** Half-open range of one file. Offsets count UTF-16 units from 0; lines and columns count from 1 (columns in UTF-16 units). */
export interface Range {
  /** Path as given to the parser: relative to the template folder, with `/`. */
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** An expression. `invalid` stands where the file could not be read. */
export type Expr =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null; readonly range: Range }
  /** Quoted or heredoc template with at least one interpolation or directive; escapes, indentation and strip markers are applied. */
  | { readonly kind: 'template'; readonly parts: readonly TemplatePart[]; readonly range: Range }
  /** First name of a traversal: `var`, `local`, `data`, `each`, an iterator, a resource type. */
  | { readonly kind: 'root'; readonly name: string; readonly range: Range }
  /** `of.name`; also `of.0`, whose name is "0". */
  | { readonly kind: 'attr'; readonly of: Expr; readonly name: string; readonly range: Range }
  | { readonly kind: 'index'; readonly of: Expr; readonly key: Expr; readonly range: Range }
  /** `of[*].a.b`: `each` is evaluated per element, in which `item` is the element. `full` is `[*]`, else `.*`. */
  | { readonly kind: 'splat'; readonly of: Expr; readonly each: Expr; readonly full: boolean; readonly range: Range }
  | { readonly kind: 'item'; readonly range: Range }
  | {
      readonly kind: 'call';
      /** With its namespace: `provider::coder::x`, `core::upper`. */
      readonly name: string;
      readonly args: readonly Expr[];
      /** The last argument was followed by `...`. */
      readonly expand: boolean;
      readonly range: Range;
    }
  | {
      readonly kind: 'conditional';
      readonly condition: Expr;
      readonly then: Expr;
      readonly otherwise: Expr;
      readonly range: Range;
    }
  | { readonly kind: 'binary'; readonly op: BinaryOp; readonly left: Expr; readonly right: Expr; readonly range: Range }
  | { readonly kind: 'unary'; readonly op: '-' | '!'; readonly of: Expr; readonly range: Range }
  | { readonly kind: 'tuple'; readonly items: readonly Expr[]; readonly range: Range }
  /** A bare identifier as a key is a string literal here; `(expr)` and templates are expressions. */
  | { readonly kind: 'object'; readonly entries: readonly ObjectEntry[]; readonly range: Range }
  | {
      readonly kind: 'for';
      readonly keyName: string | undefined;
      readonly valueName: string;
      readonly collection: Expr;
      /** Given for an object result. */
      readonly key: Expr | undefined;
      readonly value: Expr;
      readonly condition: Expr | undefined;
      /** `...` after the value of an object result: values of one key are grouped. */
      readonly group: boolean;
      readonly range: Range;
    }
  | { readonly kind: 'invalid'; readonly range: Range };

export type BinaryOp = '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%';

export interface ObjectEntry {
  readonly key: Expr;
  readonly value: Expr;
}

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'interpolation'; readonly expr: Expr }
  | {
      readonly kind: 'if';
      readonly condition: Expr;
      readonly then: readonly TemplatePart[];
      readonly otherwise: readonly TemplatePart[];
    }
  | {
      readonly kind: 'for';
      readonly keyName: string | undefined;
      readonly valueName: string;
      readonly collection: Expr;
      readonly body: readonly TemplatePart[];
    };

/** Attributes and blocks of one body, each in file order. In JSON files every property of a body is an attribute. */
export interface Body {
  readonly attributes: readonly Attribute[];
  readonly blocks: readonly Block[];
  /** Between the braces, without them; the whole file at the top. */
  readonly range: Range;
}

export interface Attribute {
  readonly name: string;
  readonly nameRange: Range;
  readonly expr: Expr;
  /** Name to the end of the expression. */
  readonly range: Range;
}

export interface Block {
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: Body;
  /** Type and labels. */
  readonly headRange: Range;
  /** Type to closing brace. */
  readonly range: Range;
}

export interface Comment {
  /** Without its marks, trimmed. */
  readonly text: string;
  readonly range: Range;
  /** Nothing but white space stands before it on its line. */
  readonly ownLine: boolean;
}

export interface SyntaxProblem {
  readonly message: string;
  readonly range: Range;
}

/** One parsed file. With `problems` the rest of the file is still there, as far as it could be read. */
export interface ParsedFile {
  /** Relative to the template folder, with `/`; leads with `../` when a local module lies outside it. */
  readonly path: string;
  readonly text: string;
  readonly json: boolean;
  readonly body: Body;
  readonly comments: readonly Comment[];
  readonly problems: readonly SyntaxProblem[];
}

/** The parser for native and JSON syntax. Loading the grammar takes some milliseconds, once. */
export interface SyntaxParser {
  /** One configuration or variables file; JSON by its name. Never throws for what the text says. */
  parseFile(path: string, text: string): ParsedFile;
  /** A text in template syntax, such as that of a file named in `templatefile`. */
  parseTemplate(
    path: string,
    text: string,
  ): { readonly parts: readonly TemplatePart[]; readonly problems: readonly SyntaxProblem[] };
}
