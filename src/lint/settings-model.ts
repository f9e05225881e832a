import type { TypeFacts } from './facts/facts.ts';
import type { Finding, RuleId, Severity } from './model.ts';
import { isFixed } from './rule-index.ts';
import type { FailOn } from './threshold.ts';

/** What a rule's findings count as; `off` = they are left out. */
export type Level = Severity | 'off';

/** The settings of one template, merged from its files. Kept apart from their reader, which is loaded only when there is a file. */
export interface Settings {
  readonly levels: ReadonlyMap<RuleId, Level>;
  /** Later ones win. Paths are absolute, with `/`. */
  readonly overrides: readonly {
    readonly matches: (path: string) => boolean;
    readonly levels: ReadonlyMap<RuleId, Level>;
  }[];
  /** Whether a template folder or a file is not looked at; absolute, with `/`. */
  readonly ignores: (path: string) => boolean;
  readonly facts: Readonly<Record<string, TypeFacts>>;
  readonly failOn: FailOn | undefined;
  readonly docsUrl: string | undefined;
}

export const NO_SETTINGS: Settings = {
  levels: new Map(),
  overrides: [],
  ignores: () => false,
  facts: {},
  failOn: undefined,
  docsUrl: undefined,
};

/** What a rule counts as in a file (absolute, with `/`); undefined = as the rule itself says. */
export function levelOf(settings: Settings, rule: RuleId, file: string): Level | undefined {
  if (isFixed(rule)) return undefined;
  const override = settings.overrides.findLast(({ matches, levels }) => levels.has(rule) && matches(file));
  return override?.levels.get(rule) ?? settings.levels.get(rule);
}

/** The finding as the settings want it; undefined when it is to be left out. `file` is that of the finding, absolute. */
export function withLevel(settings: Settings, finding: Finding, file: string): Finding | undefined {
  if (isFixed(finding.rule)) return finding;
  if (settings.ignores(file)) return undefined;
  const level = levelOf(settings, finding.rule, file);
  if (level === 'off') return undefined;
  return level === undefined ? finding : { ...finding, severity: level };
}
