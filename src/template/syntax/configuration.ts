import type { Attribute, Block, Expr, ParsedFile, Range, SyntaxProblem, TemplatePart } from './ast.ts';

/** A resource or data source as written, overrides merged. */
export interface ResourceDecl {
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly name: string;
  /** The block it was declared with (from JSON files a block made of the object). Meta-arguments are not among `attributes` and `blocks`. */
  readonly block: Block;
  readonly attributes: readonly Attribute[];
  readonly blocks: readonly Block[];
  readonly count: Attribute | undefined;
  readonly forEach: Attribute | undefined;
  readonly dependsOn: readonly Expr[];
  readonly lifecycle: Lifecycle;
  /** `when = destroy` provisioners. */
  readonly destroyProvisioners: readonly Range[];
  readonly provider: Expr | undefined;
}

export interface Lifecycle {
  /** The block, for edits; undefined when there is none. */
  readonly block: Block | undefined;
  readonly ignoreChanges: IgnoreChanges | undefined;
  readonly preventDestroy: Expr | undefined;
  readonly createBeforeDestroy: Expr | undefined;
  readonly replaceTriggeredBy: readonly Expr[];
  /** OpenTofu. */
  readonly enabled: Attribute | undefined;
  /** Preconditions and postconditions. */
  readonly conditions: readonly Expr[];
}

/** `ignore_changes` as written: the bare word `all`, or entries as static traversals. */
export interface IgnoreChanges {
  readonly attribute: Attribute;
  readonly all: boolean;
  readonly entries: readonly IgnoreEntry[];
}

export interface IgnoreEntry {
  /** Names and literal indexes: `tags["x"]` is `["tags", "x"]`, `port[0].name` is `["port", 0, "name"]`. Empty when it is not static. */
  readonly path: readonly (string | number)[];
  /** Which steps of the path are in brackets: a key of a map is, an attribute of an object is not (L 2.7). */
  readonly bracketed: readonly boolean[];
  readonly range: Range;
}

export interface VariableDecl {
  readonly name: string;
  readonly default: Expr | undefined;
  /** `type = ...` as written, in which names are roots and constructors are calls. */
  readonly type: Expr | undefined;
  readonly nullable: Expr | undefined;
  readonly range: Range;
}

export interface ModuleCall {
  readonly name: string;
  readonly source: string | undefined;
  readonly block: Block;
  /** Inputs: all but the meta-arguments. */
  readonly inputs: readonly Attribute[];
  readonly count: Attribute | undefined;
  readonly forEach: Attribute | undefined;
  readonly enabled: Attribute | undefined;
  readonly dependsOn: readonly Expr[];
  /** Undefined when the source is remote and not downloaded, cannot be read, or leads in a circle. */
  readonly module: ModuleSource | undefined;
}

/** One folder's configuration, merged from its files. Shared by all calls of the folder. */
export interface ModuleSource {
  /** Relative to the template folder; "" for the root. */
  readonly dir: string;
  readonly files: readonly ParsedFile[];
  readonly locals: ReadonlyMap<string, Attribute>;
  readonly variables: ReadonlyMap<string, VariableDecl>;
  readonly outputs: ReadonlyMap<string, Attribute>;
  /** By `type.name`, in file order. */
  readonly managed: ReadonlyMap<string, ResourceDecl>;
  /** By `type.name`, in file order. */
  readonly data: ReadonlyMap<string, ResourceDecl>;
  readonly calls: ReadonlyMap<string, ModuleCall>;
  readonly providers: readonly Block[];
  /** `from` and `to` of `moved` blocks. */
  readonly moved: readonly { readonly from: Expr; readonly to: Expr; readonly range: Range }[];
  /** `required_providers`: local name to source as written. */
  readonly requiredProviders: ReadonlyMap<string, string>;
}

/** A template read for linting: its module tree, its variable values, and the files that expressions read. */
export interface Configuration {
  /** Absolute. */
  readonly dir: string;
  readonly root: ModuleSource;
  /** Values of terraform.tfvars and *.auto.tfvars, later ones first. */
  readonly variableValues: ReadonlyMap<string, Expr>;
  /** Every syntax problem of every file, in file order. A template with one is never clean. */
  readonly problems: readonly SyntaxProblem[];
  readonly content: FileContent;
}

/** Files that `file`, `templatefile` and `fileset` name: read when they are asked for, remembered. */
export interface FileContent {
  /** UTF-8 text of a file by its absolute path or one relative to the template folder; undefined when it cannot be read. */
  text(path: string): string | undefined;
  /** Hex SHA-256 of the bytes. */
  digest(path: string): string | undefined;
  template(path: string): readonly TemplatePart[] | undefined;
}
