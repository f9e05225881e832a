import type { FileContent } from '../../template/syntax/configuration.ts';
import { boolOf, EvaluationError, isExact, number, numberOf, opaqueCall, textOf, type Doubt, type Value } from '../value.ts';

/** What a function may need besides its arguments. */
export interface FunctionContext {
  readonly content: FileContent;
  /** Folder of the module that calls, relative to the template folder; "" for the root. */
  readonly moduleDir: string;
  /** False for the build that made the prebuild, true for the plan of the claim. */
  readonly second: boolean;
}

export interface Call extends FunctionContext {
  readonly name: string;
  readonly args: readonly Value[];
}

/** One function of the engine over values of one build. Throws EvaluationError where the engine would report an error. */
export type LatticeFunction = (call: Call) => Value;
export type FunctionTable = Readonly<Record<string, LatticeFunction>>;

export function fail(message: string): never {
  throw new EvaluationError(message);
}

/** The result when it cannot be computed: unknown when an argument is, else opaque. `doubt` 1 for functions that drop part of it. */
export const notComputed = (call: Call, doubt: Doubt = 0): Value => opaqueCall(call.name, call.args, doubt);

/** A number as result; one that a double cannot hold is left alone. */
export const numeric = (call: Call, value: number): Value =>
  Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)) ? number(tidy(value)) : notComputed(call);

/** The engine calculates with 512 bits: 0.1 + 0.2 is 0.3. Also, it has no negative zero. */
export const tidy = (value: number): number => (Number.isInteger(value) ? value + 0 : Number(value.toPrecision(15)));

/** Arguments that are known, converted to what a parameter wants. Every method throws EvaluationError when that cannot be. */
export class Arguments {
  readonly count: number;
  readonly call: Call;

  constructor(call: Call) {
    this.call = call;
    this.count = call.args.length;
  }

  at(index: number): Value {
    return this.call.args[index] ?? fail(`${this.call.name} needs more arguments`);
  }

  text(index: number): string {
    return text(this.at(index));
  }

  number(index: number): number {
    return numberFrom(this.at(index));
  }

  integer(index: number): number {
    const value = this.number(index);
    return Number.isInteger(value) ? value : fail('a whole number is expected');
  }

  items(index: number): readonly Value[] {
    return itemsOf(this.at(index)) ?? fail('a list is expected');
  }

  texts(index: number): readonly string[] {
    return this.items(index).map(text);
  }

  /** All arguments from `index` on. */
  from(index: number): readonly Value[] {
    return this.call.args.slice(index);
  }
}

export const text = (value: Value): string => textOf(value) ?? fail('a string is expected');
export const flag = (value: Value): boolean => boolOf(value) ?? fail('a bool is expected');

/** Strings may have a sign and may start or end with the point. */
export function numberFrom(value: Value): number {
  const loose = value.kind === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value.value);
  return (loose ? Number(value.value) : numberOf(value)) ?? fail('a number is expected');
}

/** The elements of a list or set; undefined when they are not known. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (value.kind === 'list') return value.items;
  return value.kind === 'opaque' || value.kind === 'unknown' ? undefined : fail('a list is expected');
}

/** The entries of a map or object; undefined when they are not all known. */
export function entriesOf(value: Value): ReadonlyMap<string, Value> | undefined {
  if (value.kind === 'object') return value.open === undefined ? value.entries : undefined;
  return value.kind === 'opaque' || value.kind === 'unknown' ? undefined : fail('a map is expected');
}

/** A fixed number of arguments, or the least and the most. */
export type Arity = number | readonly [least: number, most: number];

export function checkArity({ name, args }: Call, arity: Arity): void {
  const [least, most] = typeof arity === 'number' ? [arity, arity] : arity;
  if (args.length < least || args.length > most) fail(`${name} has another number of arguments`);
}

/**
 * A function of known arguments without nulls, which makes nothing of others: one unknown part makes the result unknown. `doubt` is 1
 * when different arguments often have the same result: what is opaque in both builds then need not differ (L 2.3).
 */
export function plain(arity: Arity, compute: (args: Arguments) => Value, doubt: Doubt = 0): LatticeFunction {
  return (call) => {
    checkArity(call, arity);
    refuseNull(call);
    return call.args.every(isExact) ? compute(new Arguments(call)) : notComputed(call, doubt);
  };
}

/** As `plain`, for functions that look at their arguments themselves. */
export function partly(arity: Arity, compute: LatticeFunction): LatticeFunction {
  return (call) => {
    checkArity(call, arity);
    refuseNull(call);
    return compute(call);
  };
}

function refuseNull({ name, args }: Call): void {
  if (args.some(({ kind }) => kind === 'null')) fail(`${name} of null`);
}

export const MANY = Number.POSITIVE_INFINITY;
