import { UserError } from '../../kit/errors.ts';
import type { LintOutput } from '../../lint/formats/format.ts';
import type { RuleId } from '../../lint/model.ts';
import { isFixed, RULES, rulesOf } from '../../lint/rule-index.ts';
import type { FailOn } from '../../lint/threshold.ts';
import { suggest } from '../suggest.ts';

/** What `prebuilds lint` asks for. Folders and files are as the user named them, relative to `cwd`. */
export interface LintRequest {
  readonly dirs: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** Look for templates below the folders. */
  readonly recursive: boolean;
  /** Leave templates out that ask for no prebuilds. */
  readonly onlyPrebuilds: boolean;
  readonly fix: 'no' | 'dry-run' | 'write';
  readonly baseline: string | undefined;
  readonly updateBaseline: boolean;
  /** A git revision: only what changed since it is reported. */
  readonly since: string | undefined;
  readonly strictSyntax: boolean;
  /** Ids of rules or families; empty = all. */
  readonly only: readonly string[];
  readonly disable: readonly string[];
  readonly inlineIgnores: boolean;
  /** Over what the settings say; undefined = as they say, else `error`. */
  readonly failOn: FailOn | undefined;
  /** The day by which suppressions end, as YYYY-MM-DD, UTC. */
  readonly today: string;
}

export interface LintResult extends LintOutput {
  /** 0 clean, 1 findings at or above the threshold, 2 something could not be read. */
  readonly exitCode: 0 | 1 | 2;
  readonly failOn: (dir: string) => FailOn;
  readonly docsUrl: string | undefined;
  /** Remarks for the person, such as templates that were left out. */
  readonly notes: readonly string[];
}

/** Whether the request wants a rule. UserError for a word that is no rule. */
export function chosenRules({ only, disable }: LintRequest): (rule: RuleId) => boolean {
  const wanted = new Set(only.flatMap(expand));
  const unwanted = new Set(disable.flatMap(expand));
  return (rule) => isFixed(rule) || ((only.length === 0 || wanted.has(rule)) && !unwanted.has(rule));
}

function expand(word: string): readonly RuleId[] {
  const rules = rulesOf(word);
  if (rules !== undefined) return rules;
  throw unknownRule(word);
}

/** For a word that should be the id of a rule. */
export function unknownRule(word: string): UserError {
  const ids = RULES.map(({ id }) => id);
  const close = suggest(word, ids) ?? ids.find((id) => id.endsWith(`/${word}`));
  return new UserError('rule_unknown', `there is no rule ${word}`, {
    hint: close === undefined ? 'prebuilds lint --rules lists them' : `did you mean ${close}?`,
  });
}
