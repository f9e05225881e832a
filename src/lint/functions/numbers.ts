import { number, type Value } from '../value.ts';
import { fail, MANY, notComputed, numberFrom, numeric, plain, type Arguments, type FunctionTable } from './call.ts';

const one = (change: (of: number) => number) => plain(1, (args) => numeric(args.call, change(args.number(0))), 1);

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Digits of bases up to 62: letters of either case up to base 36, above it the lower case first. */
function parseInteger(args: Arguments): Value {
  const [value, base] = [args.at(0), args.integer(1)];
  const found = value.kind === 'string' ? /^([+-]?)([0-9A-Za-z]+)$/.exec(value.value) : null;
  if (found === null || base < 2 || base > 62) return fail('parseint needs a string and a base from 2 to 62');
  const [, sign, digits = ''] = found;
  const result = Array.from(base <= 36 ? digits.toLowerCase() : digits).reduce((sum, digit) => {
    const place = DIGITS.indexOf(digit);
    return place < base ? sum * BigInt(base) + BigInt(place) : fail(`${digits} is no number of base ${String(base)}`);
  }, 0n);
  return result > BigInt(Number.MAX_SAFE_INTEGER) ? notComputed(args.call) : number(Number(sign === '-' ? -result : result));
}

function logarithm(args: Arguments): Value {
  const [of, base] = [args.number(0), args.number(1)];
  return numeric(args.call, Math.log(of) / Math.log(base));
}

export const NUMBERS: FunctionTable = {
  abs: one(Math.abs),
  ceil: one(Math.ceil),
  floor: one(Math.floor),
  log: plain(2, logarithm),
  max: plain([1, MANY], (args) => number(Math.max(...args.from(0).map(numberFrom))), 1),
  min: plain([1, MANY], (args) => number(Math.min(...args.from(0).map(numberFrom))), 1),
  parseint: plain(2, parseInteger),
  pow: plain(2, (args) => numeric(args.call, args.number(0) ** args.number(1))),
  signum: plain(1, (args) => number(Math.sign(args.integer(0))), 1),
};
