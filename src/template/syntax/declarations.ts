import type { Attribute, Block, Expr, ParsedFile, Range, SyntaxProblem } from './ast.ts';
import type { ModuleCall, ModuleSource, ResourceDecl, VariableDecl } from './configuration.ts';
import { mergeModuleCall, mergeParts, mergeResource, mergeVariable } from './merge.ts';
import { attributeOf, blocksOf, moduleCallOf, reportTo, resourceOf, variableOf } from './meta.ts';
import { asTraversal } from './traversal.ts';

/** What the files of one folder declare; `calls` have no module yet. */
export type Declarations = Omit<ModuleSource, 'dir' | 'files'>;

/** Merges the declarations of a folder: `files` in file order, then `overrides` in theirs. Adds what the engine would refuse. */
export function declarationsOf(
  files: readonly ParsedFile[],
  overrides: readonly ParsedFile[],
  problems: SyntaxProblem[],
): Declarations {
  const collector = new Collector(problems);
  for (const file of files) collector.file(file, false);
  for (const file of overrides) collector.file(file, true);
  return collector;
}

/** Block types of a configuration file, and how many labels each has. */
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
  locals: 0,
  terraform: 0,
  moved: 0,
  import: 0,
  removed: 0,
  language: 0,
};

class Collector implements Declarations {
  readonly locals = new Map<string, Attribute>();
  readonly variables = new Map<string, VariableDecl>();
  readonly outputs = new Map<string, Attribute>();
  readonly managed = new Map<string, ResourceDecl>();
  readonly data = new Map<string, ResourceDecl>();
  readonly calls = new Map<string, ModuleCall>();
  readonly providers: Block[] = [];
  readonly moved: { from: Expr; to: Expr; range: Range }[] = [];
  readonly requiredProviders = new Map<string, string>();
  private readonly problems: SyntaxProblem[];

  constructor(problems: SyntaxProblem[]) {
    this.problems = problems;
  }

  file(file: ParsedFile, override: boolean): void {
    for (const { name, nameRange } of file.body.attributes) this.report(`${name} cannot be set at the top of a file`, nameRange);
    for (const block of file.body.blocks) if (this.wellFormed(block)) this.block(block, override);
  }

  private wellFormed(block: Block): boolean {
    const expected = LABELS[block.type];
    if (expected === undefined) this.report(`${block.type} is not a type of block`, block.headRange);
    else if (block.labels.length !== expected) {
      const count = expected === 0 ? 'no label' : expected === 1 ? 'one label, its name' : 'two labels, type and name';
      this.report(`a ${block.type} block has ${count}`, block.headRange);
    } else return true;
    return false;
  }

  private block(block: Block, override: boolean): void {
    const report = reportTo(this.problems);
    const [type = '', name = ''] = block.labels;
    switch (block.type) {
      case 'resource':
        this.declare(
          this.managed,
          `${type}.${name}`,
          resourceOf(block, 'managed', report),
          block.headRange,
          override,
          mergeResource,
        );
        break;
      case 'data':
        this.declare(this.data, `${type}.${name}`, resourceOf(block, 'data', report), block.headRange, override, mergeResource);
        break;
      case 'module':
        this.declare(this.calls, type, moduleCallOf(block, report), block.headRange, override, mergeModuleCall);
        break;
      case 'variable':
        this.declare(this.variables, type, variableOf(block), block.headRange, override, mergeVariable);
        break;
      case 'locals':
        for (const local of block.body.attributes) {
          this.declare(this.locals, local.name, local, local.nameRange, override, (_base, over) => over);
        }
        break;
      case 'output':
        this.output(block, override);
        break;
      default:
        this.setting(block, override);
    }
  }

  private setting(block: Block, override: boolean): void {
    if (block.type === 'provider') this.provider(block, override);
    else if (block.type === 'terraform') this.terraform(block);
    else if (block.type === 'moved') {
      const from = attributeOf(block.body, 'from')?.expr;
      const to = attributeOf(block.body, 'to')?.expr;
      if (from !== undefined && to !== undefined)
        this.moved.push({ from: asTraversal(from), to: asTraversal(to), range: block.range });
      else this.report('a moved block has from and to', block.headRange);
    }
  }

  /** The first declaration of a name counts, and an override must find one. */
  private declare<T>(
    map: Map<string, T>,
    name: string,
    declaration: T,
    range: Range,
    override: boolean,
    merge: (base: T, over: T, problems: SyntaxProblem[]) => T,
  ): void {
    const base = map.get(name);
    if (override && base === undefined) this.report(`${name} is overridden here, but declared nowhere`, range);
    else if (override && base !== undefined) map.set(name, merge(base, declaration, this.problems));
    else if (base !== undefined) this.report(`${name} is declared twice`, range);
    else map.set(name, declaration);
  }

  private output(block: Block, override: boolean): void {
    const [name = ''] = block.labels;
    const value = attributeOf(block.body, 'value');
    if (value !== undefined) this.declare(this.outputs, name, value, block.headRange, override, (_base, over) => over);
    else if (!override) this.report(`output ${name} has no value`, block.headRange);
  }

  private provider(block: Block, override: boolean): void {
    const alias = (each: Block): unknown => {
      const expr = attributeOf(each.body, 'alias')?.expr;
      return expr?.kind === 'literal' ? expr.value : undefined;
    };
    const at = this.providers.findIndex((each) => each.labels[0] === block.labels[0] && alias(each) === alias(block));
    const base = this.providers[at];
    if (base === undefined) this.providers.push(block);
    else if (override) this.providers[at] = { ...base, body: mergeParts(base.body, block.body) };
    else
      this.report(
        `provider ${block.labels[0] ?? ''} is configured twice; a second configuration needs an alias`,
        block.headRange,
      );
  }

  private terraform(block: Block): void {
    for (const required of blocksOf(block.body, 'required_providers')) {
      for (const { name, expr } of required.body.attributes) {
        if (expr.kind !== 'object') continue;
        const source = expr.entries.find(({ key }) => key.kind === 'literal' && key.value === 'source')?.value;
        if (source?.kind === 'literal' && typeof source.value === 'string') this.requiredProviders.set(name, source.value);
      }
    }
  }

  private report(message: string, range: Range): void {
    this.problems.push({ message, range });
  }
}
