import type { Range } from '../template/syntax/ast.ts';

/** What the linter says: the contract of spec 9.3 and 9.4. */

export type Severity = 'error' | 'warning' | 'notice';

/** `certain`: the engine would. `likely`: a condition or function on the way is not modelled in full. `possible`: a guess. */
export type Confidence = 'certain' | 'likely' | 'possible';

export type RuleId =
  | 'claim/replace'
  | 'claim/replace-via-agent'
  | 'claim/replace-cascade'
  | 'claim/replace-data'
  | 'claim/destroy-count'
  | 'claim/foreach-key'
  | 'claim/unknown-count'
  | 'claim/prevent-destroy'
  | 'claim/disruptive-update'
  | 'claim/multi-agent-token'
  | 'ignore/all'
  | 'ignore/unused'
  | 'ignore/ineffective'
  | 'parameter/replace'
  | 'parameter/unpinned'
  | 'drift/replace'
  | 'facts/unknown-type'
  | 'module/opaque'
  | 'syntax'
  | 'suppression/unused'
  | 'suppression/invalid';

/** A source expression that differs between the two builds, or is unknown at the second plan. */
export interface Cause {
  /** As written: `data.coder_workspace_owner.me.name`. */
  readonly expression: string;
  readonly range: Range;
}

/** One step from the attribute towards its cause, as a sentence without its subject's position. */
export interface Hop {
  /** Such as "`coder_agent.main` is rebuilt because its `env.GIT_AUTHOR_NAME` changes". */
  readonly text: string;
  readonly range: Range;
}

/** Replaces the text of a range (empty for an insertion). */
export interface Edit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Fix {
  /** What to do, one sentence, such as "add `env` to ignore_changes of docker_container.workspace". */
  readonly description: string;
  /** Empty when the change needs a person. Linting again with them applied showed that the finding goes away. */
  readonly edits: readonly Edit[];
}

export interface Finding {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Resource with its module path and instance key, without `coder_*` prefix rules: `module.a.docker_container.w[0]`; "" for a file. */
  readonly address: string;
  /** Dotted path without indexes; "" when the whole resource is meant. */
  readonly attribute: string;
  readonly range: Range;
  readonly message: string;
  readonly causes: readonly Cause[];
  readonly chain: readonly Hop[];
  /** What the resource ignores already, as written. */
  readonly ignored: readonly string[];
  readonly fix: Fix | undefined;
  readonly suppressed: { readonly reason: string } | undefined;
}

/** A resource that is not `coder_*` and would be replaced at the claim: one row per attribute. */
export interface Replaced {
  readonly address: string;
  readonly type: string;
  /** Dotted, without indexes; "" when the whole instance goes (count, for_each, replace_triggered_by). */
  readonly attribute: string;
  readonly kind: 'direct' | 'agent' | 'cascade';
  readonly confidence: Confidence;
}

/** An attribute that differs between the builds and is kept by `ignore_changes`. */
export interface Covered {
  readonly address: string;
  readonly attribute: string;
  /** The entry as written. */
  readonly by: string;
}

export interface TemplateReport {
  /** As the user named it, with `/`. */
  readonly dir: string;
  readonly findings: readonly Finding[];
  readonly replaced: readonly Replaced[];
  readonly covered: readonly Covered[];
  /** Text of every file that a finding points at, by path relative to the template folder: for code frames. */
  readonly sources: ReadonlyMap<string, string>;
}
