import { createRequire } from 'node:module';
import type { Parser, Tree, TreeCursor } from 'web-tree-sitter';

/** A node of the concrete syntax tree, copied out of the grammar's memory. Punctuation that its parent implies is left out. */
export interface Node {
  /** The grammar's name, an operator, `ERROR` or `MISSING`. */
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly children: readonly Node[];
}

/** A text that could not be read, or a token that is missing before `start`. */
export interface Fault {
  readonly node: Node;
  /** The grammar's name of a missing token; undefined for an unexpected text. */
  readonly missing: string | undefined;
}

export interface ReadTree {
  readonly root: Node;
  readonly comments: readonly Node[];
  /** In file order; none inside another. */
  readonly faults: readonly Fault[];
}

/** How much work may go into errors, in hundreds of steps of the grammar: it can take minutes to make sense of noise. */
export interface Patience {
  left: number;
}

/** Some seconds on noise; a file that people broke takes a hundredth of it. */
export const newPatience = (): Patience => ({ left: 2500 });

/** Reads masked texts (mask.ts) with the grammar. `base` is added to every offset. */
export interface TreeReader {
  /** Undefined when there is an error. */
  readClean(text: string, base: number): ReadTree | undefined;
  /** Undefined when patience has come to its end. */
  read(text: string, base: number, patience: Patience): ReadTree | undefined;
}

/** Loads the grammar. */
export async function createTreeReader(): Promise<TreeReader> {
  const { Parser, Language } = await import('web-tree-sitter');
  await Parser.init();
  const wasm = createRequire(import.meta.url).resolve('@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-hcl.wasm');
  const parser = new Parser().setLanguage(await Language.load(wasm));
  return {
    readClean: (text, base) => read(parser, text, base, { left: 0 }, false),
    read: (text, base, patience) => read(parser, text, base, patience, true),
  };
}

function read(parser: Parser, text: string, base: number, patience: Patience, damaged: boolean): ReadTree | undefined {
  const tree = parser.parse(text, null, {
    // Called once per hundred steps; true ends it.
    progressCallback: ({ hasError }) => {
      if (hasError) patience.left -= 1;
      return patience.left < 0;
    },
  });
  if (tree === null) {
    parser.reset();
    return undefined;
  }
  try {
    if (!tree.rootNode.hasError) return copy(tree, base);
    if (!damaged) return undefined;
    return text.length > MAX_DAMAGED ? unread(text, base) : copy(tree, base);
  } finally {
    tree.delete();
  }
}

/** Walking through a tree with errors can take time with the square of its length. */
const MAX_DAMAGED = 128 * 1024;

function unread(text: string, base: number): ReadTree {
  const root: Node = { type: 'ERROR', start: base, end: base + text.length, children: [] };
  return { root, comments: [], faults: [{ node: root, missing: undefined }] };
}

/** Nodes whose text says everything. */
const LEAVES = new Set([
  'identifier',
  'variable_expr',
  'numeric_lit',
  'bool_lit',
  'null_lit',
  'string_lit',
  'get_attr',
  'legacy_index',
]);
/** Anonymous tokens and marks that say no more than their parent. */
const IMPLIED = new Set(
  '( ) [ ] , . = : ? => for in if else endif endfor .* [*] strip_marker block_end object_start object_end tuple_start tuple_end'
    .split(' ')
    .concat('quoted_template_start', 'quoted_template_end', 'heredoc_start', 'template_literal')
    .concat('template_interpolation_start', 'template_interpolation_end', 'template_directive_start', 'template_directive_end'),
);

/** Walks the tree without recursion: its depth is that of the text. */
function copy(tree: Tree, base: number): ReadTree {
  const cursor = tree.walk();
  const copier = new Copier(cursor, base, tree.rootNode.hasError);
  try {
    return copier.run();
  } finally {
    cursor.delete();
  }
}

type Growing = Node & { children: Node[] };
const NONE: Node[] = [];

class Copier {
  private readonly comments: Node[] = [];
  private readonly faults: Fault[] = [];
  /** From the root to the parent of the cursor's node. */
  private readonly path: Growing[] = [];
  /** How many of `path` could not be read. */
  private errors = 0;
  private readonly cursor: TreeCursor;
  private readonly base: number;
  private readonly damaged: boolean;

  constructor(cursor: TreeCursor, base: number, damaged: boolean) {
    this.cursor = cursor;
    this.base = base;
    this.damaged = damaged;
  }

  run(): ReadTree {
    const root = this.node(this.cursor.nodeType);
    if (root.type === 'ERROR') this.fault({ node: root, missing: undefined });
    this.enter(root);
    let more = this.cursor.gotoFirstChild();
    while (more) more = this.visit() || this.cursor.gotoNextSibling() || this.leave();
    return { root, comments: this.comments, faults: this.faults };
  }

  private node(type: string): Growing {
    return { type, start: this.cursor.startIndex + this.base, end: this.cursor.endIndex + this.base, children: NONE };
  }

  /** Most nodes have no children, and need no list of their own. */
  private add(node: Node): void {
    const parent = this.path.at(-1);
    if (parent === undefined) return;
    if (parent.children === NONE) parent.children = [];
    parent.children.push(node);
  }

  private enter(node: Growing): void {
    if (node.type === 'ERROR') this.errors += 1;
    this.path.push(node);
  }

  /** Takes the cursor's node and moves to its first child, if that is wanted. */
  private visit(): boolean {
    const type = this.cursor.nodeType;
    const implied = IMPLIED.has(type);
    if (this.damaged && this.isMissing(implied)) {
      const node = this.node('MISSING');
      this.add(node);
      this.fault({ node, missing: type });
      return false;
    }
    if (implied) return false;
    const node = this.node(type);
    if (type === 'comment') {
      this.comments.push(node);
      return false;
    }
    this.add(node);
    if (!this.damaged && LEAVES.has(type)) return false;
    if (type === 'ERROR') this.fault({ node, missing: undefined });
    if (!this.cursor.gotoFirstChild()) return false;
    this.enter(node);
    return true;
  }

  /** The grammar marks the token that it would have wanted, within a node that is empty for that reason. */
  private isMissing(implied: boolean): boolean {
    return this.cursor.nodeIsMissing || (implied && this.cursor.startIndex === this.cursor.endIndex);
  }

  private fault(fault: Fault): void {
    if (this.errors === 0) this.faults.push(fault);
  }

  /** Moves to what follows the parent, or its parent. False at the end. */
  private leave(): boolean {
    do {
      if (this.path.pop()?.type === 'ERROR') this.errors -= 1;
      if (!this.cursor.gotoParent()) return false;
    } while (!this.cursor.gotoNextSibling());
    return true;
  }
}
