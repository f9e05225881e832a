import type { RuleId, Severity } from './model.ts';

/** One row of the table of rules (L 2.13). */
export interface RuleInfo {
  readonly id: RuleId;
  /** Part before the slash: `claim`, `ignore`, `parameter`, `drift`, `facts`, `module`, `syntax`, `suppression`. */
  readonly family: string;
  /** Without settings. */
  readonly severity: Severity;
  /** One line, without a final full stop. */
  readonly summary: string;
  /** Path of its page, relative to the root of the package. */
  readonly page: string;
}

const TABLE: Readonly<Record<RuleId, readonly [Severity, string]>> = {
  'claim/replace': ['error', 'an attribute that forces replacement differs between the prebuild and the claim'],
  'claim/replace-via-agent': ['error', 'a resource is rebuilt only because it reads an agent that is rebuilt'],
  'claim/replace-cascade': ['notice', 'a resource is rebuilt because another one is; repairing that one repairs both'],
  'claim/replace-data': ['error', 'a volume, disk or claim of storage is rebuilt: its data is lost, or the claim is stopped'],
  'claim/destroy-count': ['warning', 'the claim changes `count`, so that instances are destroyed or created'],
  'claim/foreach-key': ['error', 'a key of `for_each` differs at the claim: destroyed under one address, created under another'],
  'claim/unknown-count': ['error', '`count` or `for_each` is not known when the claim is planned: the claim fails'],
  'claim/prevent-destroy': ['error', 'a resource with `prevent_destroy` would be rebuilt: the claim fails'],
  'claim/disruptive-update': ['warning', 'a change in place at the claim restarts or empties what the person works in'],
  'claim/multi-agent-token': [
    'warning',
    'with several agents every plan makes a new token, and an attribute that forces replacement reads one',
  ],
  'ignore/all': ['notice', '`ignore_changes = all` hides changes that later versions of the template make'],
  'ignore/unused': ['notice', 'an entry of `ignore_changes` whose attribute never differs at a claim'],
  'ignore/ineffective': ['warning', 'an entry of `ignore_changes` that does not keep what it seems to keep'],
  'parameter/replace': ['warning', 'a mutable parameter that no preset fixes reaches an attribute that forces replacement'],
  'parameter/unpinned': ['notice', 'a preset with prebuilds leaves a parameter open'],
  'drift/replace': ['notice', 'a value that changes with time reaches an attribute that forces replacement'],
  'facts/unknown-type': ['notice', 'nothing is known of a resource type, so that its attributes were not judged'],
  'module/opaque': ['notice', 'a module is not downloaded, so that its resources were not judged'],
  syntax: ['error', 'a file cannot be read as configuration'],
  'suppression/unused': ['warning', 'a suppression that suppresses nothing, or whose date has passed'],
  'suppression/invalid': ['warning', 'a suppression without a reason, or that cannot be understood; it has no effect'],
};

/** Every rule, in the order in which they are listed. */
export const RULES: readonly RuleInfo[] = (Object.entries(TABLE) as [RuleId, readonly [Severity, string]][]).map(
  ([id, [severity, summary]]) => ({
    id,
    family: id.split('/')[0] ?? id,
    severity,
    summary,
    page: `docs/rules/${id}.md`,
  }),
);

/** The row of a rule. */
export const ruleInfo = (id: RuleId): RuleInfo => {
  const [severity, summary] = TABLE[id];
  return { id, family: id.split('/')[0] ?? id, severity, summary, page: `docs/rules/${id}.md` };
};

/** Whether a word is the id of a rule. */
export const isRule = (word: string): word is RuleId => Object.hasOwn(TABLE, word);

/** Rules that can be neither switched off nor suppressed: a template that cannot be read is never clean (spec 9.2). */
export const isFixed = (id: RuleId): boolean => id === 'syntax';

/** The rules that a word means: an id, or a family as `claim/*`. Undefined when it means none. */
export function rulesOf(word: string): readonly RuleId[] | undefined {
  if (isRule(word)) return [word];
  const family = /^([a-z]+)\/\*$/.exec(word)?.[1];
  const rules = RULES.filter((rule) => rule.family === family).map(({ id }) => id);
  return rules.length === 0 ? undefined : rules;
}

/**
 * Address of a rule's page: below `base` (a setting) when there is one, else a name that no two tools share. The page is also printed by
 * `prebuilds lint --explain`.
 */
export const helpUri = (id: RuleId, base: string | undefined): string =>
  base === undefined ? `urn:prebuilds:rule:${id}` : `${base.replace(/\/+$/, '')}/${id}.md`;
