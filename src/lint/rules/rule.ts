import type { Range } from '../../template/syntax/ast.ts';
import type { Configuration, ModuleSource, ResourceDecl } from '../../template/syntax/configuration.ts';
import type { Facts } from '../facts/facts.ts';
import type { Cause, Finding, Fix, Hop, RuleId } from '../model.ts';
import type { Analysis } from '../plan/analysis.ts';
import type { Choices } from '../plan/presets.ts';
import type { Row } from '../rows.ts';
import { ruleInfo } from '../rule-index.ts';

/** What rules look at: the analyses of one template, of one per preset that has prebuilds. */
export interface RuleContext {
  readonly configuration: Configuration;
  readonly modules: readonly ModuleSource[];
  readonly choices: Choices;
  readonly facts: Facts;
  readonly claim: readonly Analysis[];
  readonly parameter: readonly Analysis[];
  readonly drift: readonly Analysis[];
  /** Replacements at a claim, then those that only a parameter or time makes. */
  readonly rows: readonly Row[];
  fixOf(row: Row): Fix | undefined;
  /** What stands in a range. */
  text(range: Range): string;
}

/** One rule: turns what is known of a template into findings. */
export interface Rule {
  readonly id: RuleId;
  check(context: RuleContext): readonly Finding[];
}

type Said = Pick<Finding, 'address' | 'attribute' | 'range' | 'message'> &
  Partial<Pick<Finding, 'confidence' | 'ignored' | 'fix' | 'severity'>> & {
    readonly causes?: readonly Cause[];
    readonly chain?: readonly Hop[];
  };

/** A finding with the rule's own severity and nothing that was not said. */
export const finding = (rule: RuleId, said: Said): Finding => ({
  rule,
  severity: said.severity ?? ruleInfo(rule).severity,
  confidence: said.confidence ?? 'certain',
  address: shown(said.address),
  attribute: said.attribute,
  range: said.range,
  message: shown(said.message),
  causes: (said.causes ?? []).map(({ expression, range }) => ({ expression, range })),
  chain: (said.chain ?? []).map(({ text, range }) => ({ text: shown(text), range })),
  ignored: said.ignored ?? [],
  fix: said.fix,
  suppressed: undefined,
});

/** With instance keys that only the engine knows as `["?"]`. */
export const shown = (text: string): string => text.replace(/\["\\u0000(?:[^"\\]|\\.)*"\]/g, '["?"]');

/** Findings for the replacements that belong to a rule. */
export function replacements(context: RuleContext, rule: RuleId, message: (row: Row) => string): readonly Finding[] {
  return context.rows
    .filter((row) => row.rule === rule)
    .map((row) =>
      finding(rule, {
        address: row.outcome.address,
        attribute: row.attribute,
        range: row.range,
        message: message(row) + provisionersOf(row),
        confidence: row.confidence,
        causes: row.trace.causes,
        chain: row.trace.chain,
        ignored: ignoredBy(context, row.outcome.decl),
        fix: context.fixOf(row),
      }),
    );
}

/** What the resource of a row ignores already, as written. */
export function ignoredBy(context: RuleContext, decl: ResourceDecl): readonly string[] {
  const ignore = decl.lifecycle.ignoreChanges;
  if (ignore === undefined) return [];
  return ignore.all ? ['all'] : ignore.entries.map(({ range }) => context.text(range));
}

/** "`env` of `docker_container.w`", or the resource alone. */
export const subject = ({ outcome, attribute }: Row): string =>
  attribute === '' ? `\`${outcome.address}\`` : `\`${attribute}\` of \`${outcome.address}\``;

/** Names of the causes, shortest list that says them all. */
export function because(row: Row): string {
  const names = [...new Set(row.trace.causes.map(({ expression }) => `\`${expression.replace(/\s+/g, ' ')}\``))];
  if (names.length === 0) return 'something that it depends on';
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${String(names.length - 3)} more` : names.join(', ');
}

/** Resources of the whole template as declared, each once, with the module they stand in. */
export const declared = (context: RuleContext) =>
  context.modules.flatMap((module) => [...module.managed.values()].map((decl) => ({ module, decl })));

/** What the replacement depends on, in the words of the fact table; nothing when it depends on nothing. */
export function conditionOf({ reasons }: Row): string {
  const condition = reasons.flatMap((reason) => (reason.kind === 'difference' ? (reason.condition ?? []) : []))[0];
  const said = condition?.slice(condition.indexOf(':') + 1).trim();
  return said === undefined ? '' : ` (${said})`;
}

/** Destroy-time provisioners run when an object is replaced: worth saying, since they act outside. */
const provisionersOf = ({ outcome }: Row): string =>
  outcome.decl.destroyProvisioners.length === 0 ? '' : '; its destroy-time provisioners run then';
