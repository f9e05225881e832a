/** One managed resource instance that the claim takes away, and one attribute that says why. */
export interface Replacement {
  readonly address: string;
  /** Dotted, indexes of lists removed; "" when the plan names no attribute (instance gone, replace_triggered_by). */
  readonly attribute: string;
  /** `destroyed`: the instance is gone after the claim. */
  readonly kind: 'replaced' | 'destroyed';
  /** The engine's `action_reason`, "" when it gives none. */
  readonly reason: string;
}

/** What the real engine says about a claim. Everything is sorted. */
export interface Truth {
  /** Why the claim's plan fails: `prevent-destroy`, `unknown-count`, else the summary. The lists then hold what was planned before. */
  readonly error: string | undefined;
  /** Without `coder_*`. */
  readonly replaced: readonly Replacement[];
  /** `coder_*` resources. */
  readonly coder: readonly Replacement[];
  /** Addresses of data sources whose reading waits for the apply. */
  readonly deferred: readonly string[];
}

interface ResourceChange {
  readonly address: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly action_reason?: string;
  readonly change: { readonly actions: readonly string[]; readonly replace_paths?: readonly (readonly (string | number)[])[] };
}

/** Reads what `show -json` prints of a plan. */
export function readPlan(json: string): Omit<Truth, 'error'> {
  const plan = JSON.parse(json) as { readonly resource_changes?: readonly ResourceChange[] };
  const changes = plan.resource_changes ?? [];
  const managed = changes.filter((one) => one.mode === 'managed');
  const isCoder = (one: ResourceChange): boolean => one.type.startsWith('coder_');
  return {
    replaced: sortRows(managed.filter((one) => !isCoder(one)).flatMap(replacementsOf)),
    coder: sortRows(managed.filter(isCoder).flatMap(replacementsOf)),
    deferred: changes.flatMap((one) => (one.mode === 'data' && one.change.actions[0] === 'read' ? [one.address] : [])).sort(),
  };
}

function replacementsOf({ address, change, action_reason: reason = '' }: ResourceChange): readonly Replacement[] {
  if (!change.actions.includes('delete')) return [];
  if (!change.actions.includes('create')) return [{ address, attribute: '', kind: 'destroyed', reason }];
  const paths = (change.replace_paths ?? []).map((path) => path.filter((step) => typeof step === 'string').join('.'));
  const distinct = paths.length === 0 ? [''] : [...new Set(paths)];
  return distinct.map((attribute) => ({ address, attribute, kind: 'replaced', reason }));
}

const sortRows = (rows: readonly Replacement[]): readonly Replacement[] =>
  rows.toSorted((a, b) => compareText(`${a.address} ${a.attribute}`, `${b.address} ${b.attribute}`));

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Errors that a rule of the linter is about, by their summary in terraform or OpenTofu. */
const KNOWN_ERRORS: Readonly<Record<string, string>> = {
  'Instance cannot be destroyed': 'prevent-destroy',
  'Resource instance cannot be destroyed': 'prevent-destroy',
  'Invalid count argument': 'unknown-count',
  'Invalid for_each argument': 'unknown-count',
};

/** Values of `Truth.error` that a rule of the linter is about. */
export const RULED_ERRORS: ReadonlySet<string> = new Set(Object.values(KNOWN_ERRORS));

/** The first error in a `-json` stream, as `Truth.error`; undefined when it has none. */
export function firstError(stream: string): string | undefined {
  for (const line of stream.split('\n')) {
    if (!line.startsWith('{')) continue;
    const { diagnostic } = JSON.parse(line) as { readonly diagnostic?: { readonly severity: string; readonly summary: string } };
    if (diagnostic?.severity === 'error') return KNOWN_ERRORS[diagnostic.summary] ?? diagnostic.summary;
  }
  return undefined;
}
