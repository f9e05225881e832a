import { opaqueCall, type Value } from '../value.ts';
import type { FunctionContext, LatticeFunction } from './call.ts';
import { CONVERSIONS } from './conversions.ts';
import { DATES } from './dates.ts';
import { ENCODING } from './encoding.ts';
import { FILES } from './files.ts';
import { HASHES } from './hashes.ts';
import { LISTS } from './lists.ts';
import { MAPS } from './maps.ts';
import { NETWORK } from './network.ts';
import { NUMBERS } from './numbers.ts';
import { refined } from './results.ts';
import { SETS } from './sets.ts';
import { STRINGS } from './strings.ts';

export type { FunctionContext } from './call.ts';

const TABLES = [STRINGS, LISTS, MAPS, SETS, CONVERSIONS, ENCODING, NUMBERS, HASHES, DATES, NETWORK, FILES];
const FUNCTIONS: ReadonlyMap<string, LatticeFunction> = new Map(TABLES.flatMap((table) => Object.entries(table)));

/**
 * The result of a function of the engine in one build (L 2.3): exact for exact arguments, element by element where the engine works
 * so, opaque for what is not modelled. `try`, `can` and `templatefile` are the evaluator's. Throws EvaluationError where the engine
 * would report an error.
 */
export function callFunction(name: string, args: readonly Value[], context: FunctionContext): Value {
  const plainName = name.replace(/^core::/, '');
  const found = FUNCTIONS.get(plainName);
  return refined(plainName, found === undefined ? opaqueCall(plainName, args) : found({ ...context, name: plainName, args }));
}
