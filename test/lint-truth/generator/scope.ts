/** Kinds of values that random expressions have: maps and lists hold texts. */
export type Kind = 'text' | 'flag' | 'number' | 'map' | 'list';

export interface Printed {
  readonly text: string;
  /** Known when the workspace is first planned: what `count` and `for_each` need. */
  readonly known: boolean;
}

export interface Named extends Printed {
  readonly kind: Kind;
}

/** Names that an expression may refer to, oldest first. */
export type Scope = readonly Named[];

/** Where nothing of a kind is in scope: values that change, so that configurations are rich in changes. */
const NOTHING: Readonly<Record<Kind, string>> = {
  text: 'data.coder_workspace.me.name',
  flag: 'data.coder_workspace.me.is_prebuild',
  number: 'data.coder_workspace.me.prebuild_count',
  map: '{ a = data.coder_workspace_owner.me.name, b = "same" }',
  list: '["same", data.coder_workspace_owner.me.name]',
};

/** Something of that kind in scope, chosen by number. */
export function reference(scope: Scope, kind: Kind, pick: number): Printed {
  const fitting = scope.filter((one) => one.kind === kind);
  return fitting[pick % Math.max(fitting.length, 1)] ?? { text: NOTHING[kind], known: true };
}
