import { numberText, textOf, type Value } from '../value.ts';
import { fail, flag, numberFrom } from './call.ts';
import { jsonText } from './json.ts';
import { graphemes } from './lists.ts';

interface Verb {
  readonly flags: string;
  /** 0 for none. */
  readonly width: number;
  readonly precision: number | undefined;
  readonly letter: string;
}

const VERB = /%(?:%|([ 0#+-]*)(\d*)(?:(\.)(\d*))?(?:\[(\d+)\])?([a-zA-Z])|)/g;

/** `format`: the text for known arguments. Throws EvaluationError for verbs and arguments that do not go together. */
export function printf(format: string, args: readonly Value[]): string {
  let [result, end, next, used, explicit] = ['', 0, 0, 0, false];
  for (const found of format.matchAll(VERB)) {
    const [whole, flags = '', width = '', dot, precision, at, letter] = found;
    result += format.slice(end, found.index);
    end = found.index + whole.length;
    if (whole === '%%') {
      result += '%';
      continue;
    }
    if (at !== undefined) [next, explicit] = [Number(at) - 1, true];
    const arg = args[next++] ?? fail('format needs more arguments');
    used = Math.max(used, next);
    const verb = {
      flags,
      width: Number(width),
      precision: dot === undefined ? undefined : Number(precision),
      letter: letter ?? '',
    };
    result += formatted(verb, arg);
  }
  if (used < args.length && !explicit) fail('format has arguments that are not used');
  return result + format.slice(end);
}

function formatted(verb: Verb, arg: Value): string {
  if (verb.letter === 'v') return padded(verb, asIs(verb, arg));
  if (arg.kind === 'null') fail('null cannot be formatted');
  switch (verb.letter) {
    case 't':
      return padded(verb, String(flag(arg)));
    case 's':
      return padded(verb, cut(verb, textOf(arg) ?? fail('a string is expected')));
    case 'q':
      return padded(verb, jsonText({ kind: 'string', value: cut(verb, textOf(arg) ?? fail('a string is expected')) }));
    case 'b':
    case 'd':
    case 'o':
    case 'x':
    case 'X':
      return signed(verb, whole(verb, numberFrom(arg)));
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G':
      return signed(verb, real(verb, numberFrom(arg)));
    default:
      return fail(`format does not know %${verb.letter}`);
  }
}

function asIs({ flags }: Verb, arg: Value): string {
  if (!flags.includes('#') && arg.kind === 'string') return arg.value;
  if (!flags.includes('#') && arg.kind === 'number') return general(arg.value, undefined);
  return jsonText(arg);
}

const cut = ({ precision }: Verb, text: string): string =>
  precision === undefined ? text : graphemes(text).slice(0, precision).join('');

function padded({ flags, width }: Verb, text: string): string {
  const missing = ' '.repeat(Math.max(0, width - graphemes(text).length));
  return flags.includes('-') ? text + missing : missing + text;
}

/** With the sign that the flags want; zeros go between sign and digits. */
function signed(verb: Verb, text: string): string {
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  const sign = negative ? '-' : verb.flags.includes('+') ? '+' : verb.flags.includes(' ') ? ' ' : '';
  if (!verb.flags.includes('0') || verb.flags.includes('-')) return padded(verb, sign + digits);
  return sign + digits.padStart(verb.width - sign.length, '0');
}

const BASES: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  b: [2, '0b'],
  o: [8, '0'],
  d: [10, ''],
  x: [16, '0x'],
  X: [16, '0x'],
};

function whole({ flags, letter }: Verb, value: number): string {
  const [base, prefix] = BASES[letter] ?? fail('no such base');
  if (!Number.isInteger(value)) fail('a whole number is expected');
  const digits = BigInt(Math.abs(value)).toString(base);
  const text = `${value < 0 ? '-' : ''}${flags.includes('#') ? prefix : ''}${digits}`;
  return letter === 'X' ? text.toUpperCase() : text;
}

function real({ letter, precision }: Verb, value: number): string {
  switch (letter) {
    case 'f':
      return fixed(value, precision ?? 6);
    case 'e':
      return exponential(value, (precision ?? 6) + 1);
    case 'E':
      return exponential(value, (precision ?? 6) + 1).toUpperCase();
    default: {
      const text = general(value, precision === 0 ? 1 : precision);
      return letter === 'G' ? text.toUpperCase() : text;
    }
  }
}

interface Decimal {
  readonly sign: string;
  /** Significant digits; the value is 0.digits * 10^point. */
  readonly digits: string;
  readonly point: number;
}

function decimalOf(value: number): Decimal {
  const [whole = '', fraction = ''] = numberText(Math.abs(value)).split('.');
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const point = whole.length - (whole.length + fraction.length - digits.length);
  return { sign: value < 0 ? '-' : '', digits: digits.replace(/0+$/, ''), point: digits === '' ? 1 : point };
}

/** Rounded to `count` digits. */
function rounded(decimal: Decimal, count: number): Decimal {
  if (decimal.digits.length <= count) return decimal;
  if (count < 0) return { ...decimal, digits: '', point: 1 };
  const [kept, rest] = [`0${decimal.digits.slice(0, count)}`, decimal.digits.slice(count)];
  const half = rest === '5' ? sideOfHalf(decimal) : rest < '5' ? -1 : 1;
  const up = half > 0 || (half === 0 && Number(kept.at(-1)) % 2 === 1);
  const digits = String(BigInt(kept) + (up ? 1n : 0n)).padStart(count, '0');
  const longer = digits.length > count;
  return { ...decimal, digits, point: decimal.point + (longer ? 1 : 0) };
}

/**
 * A decimal half is not always one for the engine, which holds numbers as 512 bits: whether its number is larger (1), smaller (-1), or
 * the same (0), in which case it rounds to the even digit.
 */
function sideOfHalf({ digits, point }: Decimal): number {
  const top = BigInt(digits);
  const bottom = 10n ** BigInt(Math.max(0, digits.length - point));
  const length = (of: bigint): number => of.toString(2).length;
  let shift = BigInt(512 - length(top) + length(bottom));
  if (length((top << shift) / bottom) > 512) shift -= 1n;
  const exact = top << shift;
  const rest = exact % bottom;
  if (rest === 0n) return 0;
  return rest * 2n > bottom ? 1 : -1;
}

function fixed(value: number, places: number): string {
  const { sign, digits, point } = rounded(decimalOf(value), decimalOf(value).point + places);
  const all = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const split = Math.max(point, 1);
  const fraction = all.slice(split).padEnd(places, '0').slice(0, places);
  return sign + (all.slice(0, split) || '0') + (places === 0 ? '' : `.${fraction}`);
}

/** With `count` digits. */
function exponential(value: number, count: number): string {
  const { sign, digits, point } = rounded(decimalOf(value), count);
  const all = (digits || '0').padEnd(count, '0').slice(0, count);
  const exponent = digits === '' ? 0 : point - 1;
  const shown = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return `${sign}${all.slice(0, 1)}${count > 1 ? `.${all.slice(1)}` : ''}e${shown}`;
}

/** The shorter of both forms, without zeros at the end; as many digits as the value needs when there is no precision. */
function general(value: number, precision: number | undefined): string {
  const decimal = precision === undefined ? decimalOf(value) : rounded(decimalOf(value), precision);
  const digits = decimal.digits.replace(/0+$/, '');
  const exponent = decimal.point - 1;
  const most =
    precision === undefined ? 6 : precision > digits.length && digits.length >= decimal.point ? digits.length : precision;
  if (exponent < -4 || exponent >= most) return exponential(value, Math.max(1, digits.length));
  return fixed(value, Math.max(0, digits.length - decimal.point));
}
