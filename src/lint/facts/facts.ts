import shipped from './forcenew.json' with { type: 'json' };

/** What is known of one resource type, in the words of the fact table (L 5): dotted paths without indexes. */
export interface TypeFacts {
  readonly sdk?: string | undefined;
  readonly force_new?: readonly string[] | undefined;
  readonly force_new_block_count?: readonly string[] | undefined;
  /** `attribute[, attribute]: condition`. */
  readonly conditional?: readonly string[] | undefined;
  readonly update_in_place?: readonly string[] | undefined;
  /** Path, perhaps with `.*`, and why. */
  readonly disruptive_in_place?: readonly string[] | undefined;
  /** Computed when left out, and replaced when unknown: they are after any other change of the resource. */
  readonly recomputed?: readonly string[] | undefined;
  /** Left out they are null, or a constant of the provider. */
  readonly constant?: readonly string[] | undefined;
  /** Left out they keep their value when something else is updated in place. */
  readonly kept?: readonly string[] | undefined;
  /** Every result follows from this argument alone, when it is set. */
  readonly derived_from?: string | undefined;
  /** Attributes and blocks that are sets: the provider names the whole set when anything in it differs. */
  readonly sets?: readonly string[] | undefined;
  /** Attributes that force replacement only while another one is true. */
  readonly when_true?: Readonly<Record<string, string>> | undefined;
}

/** What a difference at a path does. `maybe` depends on something the table only tells in words. */
export type Effect =
  /** `path` is the one the provider will name. */
  | { readonly kind: 'replace'; readonly path: string }
  | { readonly kind: 'maybe'; readonly path: string; readonly condition: string }
  | { readonly kind: 'disruptive'; readonly why: string }
  | { readonly kind: 'in-place' };

/** What becomes of an attribute that is left out: null or constant; kept in an update; or following from another one. */
export type Unset = 'constant' | 'kept' | { readonly from: string };

export interface Facts {
  has(type: string): boolean;
  /** Of a difference of a value at the path, or of the number of blocks there. Of types that are not known: in place. */
  effect(type: string, path: string, kind: 'value' | 'count', isTrue: (attribute: string) => boolean): Effect;
  /** Whether attributes the configuration leaves out become unknown when anything else of the resource is updated in place (L 2.8). */
  forgetsOnUpdate(type: string): boolean;
  recomputed(type: string): readonly string[];
  /** What becomes of an attribute that the configuration leaves out; undefined when nothing special is known. */
  unset(type: string, name: string, configured: ReadonlyMap<string, unknown>): Unset | undefined;
}

/** The table shipped with the tool, and what a configuration adds for providers of its own: later types win. */
export function createFacts(extra: Readonly<Record<string, TypeFacts>> = {}): Facts {
  const known = (type: string): TypeFacts | undefined => (Object.hasOwn(extra, type) ? extra[type] : table().get(type));
  return {
    has: (type) => type.startsWith('coder_') || known(type) !== undefined,
    forgetsOnUpdate: (type) => known(type)?.sdk === 'framework',
    recomputed: (type) => known(type)?.recomputed ?? [],
    unset: (type, name, configured) => (type.startsWith('coder_') ? coderUnset(name) : unsetOf(known(type), name, configured)),
    effect: (type, path, kind, isTrue) => {
      const facts = known(type);
      if (facts !== undefined) return effectOf(facts, path, kind, isTrue);
      return type.startsWith('coder_') ? { kind: 'replace', path } : { kind: 'in-place' };
    },
  };
}

/** Results of the coder provider's resources; everything else that is left out is null there, or a constant default. */
const CODER_RESULTS = new Set(['id', 'token', 'init_script', 'display_apps', 'api_key_scope', '*']);

const coderUnset = (name: string): Unset | undefined => (CODER_RESULTS.has(name) ? undefined : 'constant');

function unsetOf(facts: TypeFacts | undefined, name: string, configured: ReadonlyMap<string, unknown>): Unset | undefined {
  if (facts?.constant?.includes(name) === true) return 'constant';
  if (facts?.derived_from !== undefined && configured.has(facts.derived_from)) return { from: facts.derived_from };
  return name === 'id' || facts?.kept?.includes(name) === true ? 'kept' : undefined;
}

function effectOf(facts: TypeFacts, path: string, kind: 'value' | 'count', isTrue: (attribute: string) => boolean): Effect {
  const by = kind === 'count' ? forcedCount(facts, path) : forcedValue(facts, path, isTrue);
  if (by !== undefined) return { kind: 'replace', path: facts.sets?.find((set) => covers(set, by)) ?? by };
  for (const condition of facts.conditional ?? []) {
    const name = namesBefore(condition, ':').find((one) => covers(one, path));
    if (name !== undefined) return { kind: 'maybe', path: name.replace(/\.\*$/, ''), condition };
  }
  const why = (facts.disruptive_in_place ?? []).find((one) => leadingNames(one).some((name) => covers(name, path)));
  return why === undefined ? { kind: 'in-place' } : { kind: 'disruptive', why };
}

/** Another number of blocks: a fact of its own, or that of anything in the blocks that come and go. */
function forcedCount({ force_new = [], force_new_block_count = [] }: TypeFacts, path: string): string | undefined {
  const forced = force_new_block_count.includes(path) || force_new.some((one) => one === path || one.startsWith(`${path}.`));
  return forced ? path : undefined;
}

function forcedValue(
  { force_new = [], when_true }: TypeFacts,
  path: string,
  isTrue: (attribute: string) => boolean,
): string | undefined {
  const flag = when_true?.[path];
  if (flag !== undefined) return isTrue(flag) ? path : undefined;
  return force_new.find((one) => path === one || path.startsWith(`${one}.`));
}

/** The names in front of the colon of a sentence of the table; none when there is prose there. */
function namesBefore(sentence: string, mark: string): readonly string[] {
  const names = sentence.slice(0, Math.max(0, sentence.indexOf(mark))).split(/\s*,\s*/);
  return names.every((name) => /^[\w.*]+$/.test(name)) ? names : [];
}

/** The names that a sentence of the table begins with, before a colon or a bracket. */
const leadingNames = (sentence: string): readonly string[] =>
  (/^[\w.*, ]+/.exec(sentence)?.[0] ?? '').split(/\s*,\s*/).map((name) => name.trim().split(' ')[0] ?? '');

function covers(pattern: string, path: string): boolean {
  const name = pattern.replace(/\.\*$/, '');
  return name !== '' && (path === name || path.startsWith(`${name}.`));
}

let read: ReadonlyMap<string, TypeFacts> | undefined;

function table(): ReadonlyMap<string, TypeFacts> {
  read ??= new Map(Object.values(shipped.providers).flatMap((types) => Object.entries(types as Record<string, TypeFacts>)));
  return read;
}
