import type { Range } from '../template/syntax/ast.ts';
import type { Configuration, IgnoreEntry, ModuleSource, ResourceDecl } from '../template/syntax/configuration.ts';
import { createFacts, type Facts, type TypeFacts } from './facts/facts.ts';
import { agentFix, agentMove, type AgentMove } from './fix-agent.ts';
import { isDrifting } from './eval/coder.ts';
import { candidatesOf, ignoreFix, type Candidate } from './fix.ts';
import type { Confidence, Covered, Finding, Fix, Replaced, TemplateReport } from './model.ts';
import { analyse, type Analysis } from './plan/analysis.ts';
import { choicesOf, type Choices, type Preset } from './plan/presets.ts';
import { confidenceOf, pathText, rowsOf, type Row } from './rows.ts';
import { CHECKS } from './rules/index.ts';
import { finding, shown, type RuleContext } from './rules/rule.ts';

export interface LintOptions {
  /** Shown in the report. */
  readonly dir: string;
  /** Facts of providers of one's own, by resource type. */
  readonly extraFacts?: Readonly<Record<string, TypeFacts>> | undefined;
}

/**
 * Everything the linter finds in one template, before suppressions and settings: both builds of every preset with prebuilds (of the
 * defaults when there is none) are evaluated and compared (L 2.14).
 */
export function lintConfiguration(configuration: Configuration, options: LintOptions): TemplateReport {
  try {
    return linted(configuration, options);
  } catch (error) {
    // The stack ended: references that follow each other in thousands.
    if (error instanceof RangeError) return tooDeep(configuration, options);
    throw error;
  }
}

function linted(configuration: Configuration, options: LintOptions): TemplateReport {
  const lint = new Lint(configuration, createFacts(options.extraFacts));
  const findings = CHECKS.flatMap((rule) => rule.check(lint)).sort(byPlace);
  return {
    dir: options.dir,
    findings: unique(findings),
    replaced: lint.replaced(),
    covered: lint.covered(),
    sources: lint.sources,
  };
}

/** Never clean: nothing was found out. */
function tooDeep(configuration: Configuration, { dir }: LintOptions): TemplateReport {
  const [file] = configuration.root.files;
  const path = file?.path ?? 'main.tf';
  const range = { file: path, start: 0, end: 0, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const message = 'the references of this template follow each other too deeply to be evaluated';
  const said = finding('syntax', { address: '', attribute: '', range, message });
  return { dir, findings: [said], replaced: [], covered: [], sources: new Map([[path, file?.text ?? '']]) };
}

/** Parameters that a claim may change under a preset (L 2.1). */
const customisable = (choices: Choices, preset: Preset | undefined): ReadonlySet<string> =>
  new Set(
    choices.parameters
      .filter(({ name, mutable, ephemeral }) => mutable && !ephemeral && preset?.pinned.has(name) !== true)
      .map(({ name }) => name),
  );

class Lint implements RuleContext {
  readonly configuration: Configuration;
  readonly facts: Facts;
  readonly choices: Choices;
  readonly modules: readonly ModuleSource[];
  readonly sources: ReadonlyMap<string, string>;
  readonly claim: readonly Analysis[];
  readonly parameter: readonly Analysis[];
  readonly drift: readonly Analysis[];
  readonly rows: readonly Row[];
  readonly #claimed: readonly Row[];
  #fixes: ReadonlyMap<string, Fix> | undefined;

  constructor(configuration: Configuration, facts: Facts) {
    this.configuration = configuration;
    this.facts = facts;
    this.modules = modulesOf(configuration.root, new Set());
    this.sources = new Map(this.modules.flatMap(({ files }) => files.map(({ path, text }) => [path, text] as const)));
    this.choices = choicesOf(configuration, facts);
    const pooled = this.choices.presets.filter(({ hasPrebuilds }) => hasPrebuilds);
    const presets = pooled.length > 0 ? pooled : [this.choices.presets.find(({ isDefault }) => isDefault)];
    this.claim = presets.map((preset) => this.#analyse('claim', preset));
    this.parameter = presets
      .filter((preset) => customisable(this.choices, preset).size > 0)
      .map((preset) => this.#analyse('parameter', preset));
    const drifts = this.modules.some(({ data }) => [...data.values()].some(({ type }) => isDrifting(type)));
    this.drift = drifts ? presets.slice(0, 1).map((one) => this.#analyse('drift', one)) : [];
    const claimed = distinct(this.claim.flatMap(rowsOf));
    const known = new Set(claimed.map(rowKey));
    const others = distinct([...this.parameter, ...this.drift].flatMap(rowsOf)).filter((row) => !known.has(rowKey(row)));
    this.#claimed = claimed;
    this.rows = [...claimed, ...others];
  }

  #analyse(mode: Analysis['mode'], preset: Preset | undefined, alsoIgnored = new Map<ResourceDecl, readonly IgnoreEntry[]>()) {
    const open = mode === 'parameter' ? customisable(this.choices, preset) : new Set<string>();
    return analyse({ configuration: this.configuration, mode, preset, facts: this.facts, customisable: open, alsoIgnored });
  }

  text(range: Range): string {
    return this.sources.get(range.file)?.slice(range.start, range.end) ?? '';
  }

  /** The verified fix of a row; rows that follow from others, or that ignoring does not mend, have none. */
  fixOf(row: Row): Fix | undefined {
    this.#fixes ??= this.#verified();
    return this.#fixes.get(rowKey(row));
  }

  /**
   * The agents are mended first, where that can be done, since one edit there mends all that reads them; then entries for the rest. What
   * the fixes mend is gone from the claim analysed with them (L 2.12).
   */
  #verified(): ReadonlyMap<string, Fix> {
    // What only follows from another replacement is mended there.
    const rows = this.rows.filter((row) => row.rule.startsWith('claim/') && row.trace.kind !== 'cascade');
    const moves = this.#agentMoves();
    const ignored = new Map<ResourceDecl, readonly IgnoreEntry[]>((moves ?? []).map((move) => [move.decl, move.ignored]));
    const byAgent = moves === undefined ? new Set<string>() : this.#mended(rows, ignored);
    const candidates = rows
      .filter((row) => !byAgent.has(rowKey(row)))
      .map((row) => ({ row, entries: candidatesOf(row) }))
      .filter(({ entries }) => entries.length > 0);
    for (const { row, entries } of candidates) {
      const { decl } = row.outcome;
      ignored.set(decl, [...(ignored.get(decl) ?? []), ...entries.map(({ entry }) => entry)]);
    }
    const mended = this.#mended(rows, ignored);
    const found = new Map<string, Fix>();
    if (moves !== undefined && byAgent.size > 0) {
      const fix = agentFix(moves, this.sources, new Set(this.#namesOf('coder_env')));
      for (const key of byAgent) found.set(key, fix);
    }
    for (const { row, entries } of candidates) if (mended.has(rowKey(row))) found.set(rowKey(row), this.#fix(row, entries));
    return found;
  }

  /** Undefined unless every agent that is rebuilt can be mended by moving variables. */
  #agentMoves(): readonly AgentMove[] | undefined {
    const rebuilt = this.claim.flatMap(({ outcomes }) =>
      outcomes.filter(({ decl, action }) => decl.type === 'coder_agent' && action === 'replace'),
    );
    const moves = new Map<ResourceDecl, AgentMove>();
    for (const outcome of rebuilt) {
      const move = agentMove(outcome);
      if (move === undefined) return undefined;
      moves.set(outcome.decl, move);
    }
    return moves.size > 0 ? [...moves.values()] : undefined;
  }

  /** Rows that are gone when these entries are ignored. */
  #mended(rows: readonly Row[], ignored: ReadonlyMap<ResourceDecl, readonly IgnoreEntry[]>): ReadonlySet<string> {
    if (ignored.size === 0) return new Set();
    const left = new Set(
      this.claim.flatMap(({ preset }) => rowsOf(this.#analyse('claim', preset, new Map(ignored))).map(rowKey)),
    );
    return new Set(rows.map(rowKey).filter((key) => !left.has(key)));
  }

  #namesOf(type: string): readonly string[] {
    return this.modules.flatMap(({ managed }) =>
      [...managed.values()].filter((decl) => decl.type === type).map(({ name }) => name),
    );
  }

  #fix(row: Row, entries: readonly Candidate[]): Fix {
    const { decl } = row.outcome;
    return ignoreFix(decl, `${decl.type}.${decl.name}`, [...new Set(entries.map(({ text }) => text))], this.sources);
  }

  replaced(): readonly Replaced[] {
    const rows = this.#claimed.map((row) => ({
      address: shown(row.outcome.address),
      type: row.outcome.decl.type,
      attribute: row.attribute,
      kind: row.trace.kind,
      confidence: row.confidence,
    }));
    const gone = this.claim.flatMap(({ destroyed }) =>
      destroyed
        .filter(({ decl }) => !decl.type.startsWith('coder_'))
        .map(({ address, decl, doubt }) => ({
          address: shown(address),
          type: decl.type,
          attribute: '',
          kind: 'direct' as const,
          confidence: confidenceOf(doubt),
        })),
    );
    const all = new Map([...rows, ...gone].map((one) => [`${one.address}\0${one.attribute}`, one]));
    return [...all.values()].sort((a, b) => compare(a.address, b.address) || compare(a.attribute, b.attribute));
  }

  covered(): readonly Covered[] {
    const found = this.claim.flatMap(({ outcomes }) =>
      outcomes
        .filter(({ action, decl }) => action !== 'replace' && !decl.type.startsWith('coder_'))
        .flatMap(({ address, covered }) =>
          covered.map(({ difference, by }) => ({
            address: shown(address),
            attribute: pathText(difference),
            by: by === 'all' ? 'all' : this.text(by.range),
          })),
        ),
    );
    return [...new Map(found.map((one) => [`${one.address}\0${one.attribute}\0${one.by}`, one])).values()];
  }
}

function modulesOf(module: ModuleSource, seen: Set<ModuleSource>): readonly ModuleSource[] {
  if (seen.has(module)) return [];
  seen.add(module);
  const inner = [...module.calls.values()].flatMap((call) => (call.module === undefined ? [] : modulesOf(call.module, seen)));
  return [module, ...inner];
}

const rowKey = (row: Row): string => `${row.outcome.address}\0${row.attribute}`;
const SURENESS: Readonly<Record<Confidence, number>> = { certain: 0, likely: 1, possible: 2 };

/** The same row found with several presets counts once, as sure as the surest. */
function distinct(rows: readonly Row[]): readonly Row[] {
  const found = new Map<string, Row>();
  for (const row of rows) {
    const known = found.get(rowKey(row));
    if (known === undefined || SURENESS[row.confidence] < SURENESS[known.confidence]) found.set(rowKey(row), row);
  }
  return [...found.values()];
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  const key = (one: Finding): string =>
    [one.rule, one.address, one.attribute, one.range.file, String(one.range.start), one.message].join('\0');
  return [...new Map(findings.map((one) => [key(one), one])).values()];
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byPlace = (a: Finding, b: Finding): number =>
  compare(a.range.file, b.range.file) ||
  a.range.start - b.range.start ||
  compare(a.rule, b.rule) ||
  compare(a.address, b.address);
