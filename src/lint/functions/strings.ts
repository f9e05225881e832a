import { bool, doubtOf, isExact, list, NULL, object, opaqueCall, string, type Value } from '../value.ts';
import { fail, MANY, notComputed, plain, text, type Arguments, type Call, type FunctionTable } from './call.ts';
import { graphemes } from './lists.ts';
import { printf } from './printf.ts';
import { matchesOf, patternOf, replaceMatches, type Pattern } from './regex.ts';

/** Character by character, as the engine does it: one that would become several stays as it is. */
const perCharacter = (of: string, change: (char: string) => string): string =>
  Array.from(of, (char) => {
    const changed = change(char);
    return Array.from(changed).length === 1 ? changed : char;
  }).join('');

const upper = (of: string): string => perCharacter(of, (char) => char.toUpperCase());

/** A word starts behind whatever is no letter, digit or underscore. */
const title = (of: string): string =>
  of.replace(/(^|[\0-/:-@[-^`{-\x7f]|\p{White_Space})(\p{L})/gu, (_, before: string, char: string) => before + upper(char));

function trimCharacters(of: string, cutset: string): string {
  const [cut, chars] = [new Set(cutset), Array.from(of)];
  const first = chars.findIndex((char) => !cut.has(char));
  return first < 0 ? '' : chars.slice(first, chars.findLastIndex((char) => !cut.has(char)) + 1).join('');
}

/** By characters; a negative offset counts from the end, a negative length means all. */
function substr(args: Arguments): Value {
  const chars = graphemes(args.text(0));
  const [offset, length] = [args.integer(1), args.integer(2)];
  const start = offset < 0 ? Math.max(0, chars.length + offset) : offset;
  return string(chars.slice(start, length < 0 ? undefined : start + length).join(''));
}

function split(args: Arguments): Value {
  const [separator, of] = [args.text(0), args.text(1)];
  return list((separator === '' ? Array.from(of) : of.split(separator)).map(string));
}

function join(args: Arguments): Value {
  return string(
    args
      .from(1)
      .flatMap((part) => (part.kind === 'list' ? part.items : fail('a list is expected')))
      .map(text)
      .join(args.text(0)),
  );
}

/** A pattern between slashes, or a plain text. */
function replace(args: Arguments): Value {
  const [of, searched, by] = [args.text(0), args.text(1), args.text(2)];
  if (searched.length < 2 || !searched.startsWith('/') || !searched.endsWith('/'))
    return string(of.replaceAll(searched, () => by));
  const pattern = patternOf(searched.slice(1, -1), of);
  return pattern === undefined ? notComputed(args.call) : string(replaceMatches(pattern, of, by));
}

/** Without groups the text, with groups a list of theirs, with named groups an object. */
function captured({ names }: Pattern, match: RegExpExecArray): Value {
  const group = (at: number): Value => (match[at] === undefined ? NULL : string(match[at]));
  if (names.length === 0) return string(match[0]);
  if (names.every((name) => name === undefined)) return list(names.map((_, at) => group(at + 1)));
  return object(names.map((name, at) => [name ?? fail('named and other groups cannot be mixed'), group(at + 1)] as const));
}

function regex(args: Arguments, all: boolean): Value {
  const of = args.text(1);
  const pattern = patternOf(args.text(0), of);
  if (pattern === undefined) return notComputed(args.call, 1);
  const found = matchesOf(pattern, of).map((match) => captured(pattern, match));
  if (all) return list(found);
  return found[0] ?? fail('the pattern does not match');
}

/** Lists among the arguments have one length, and are walked together. Each text is known as far as its own arguments are. */
function formatList(call: Call): Value {
  const [format, ...args] = call.args;
  if (format === undefined || format.kind === 'null') return fail('formatlist needs a format');
  const lengths = args.flatMap((arg) => (arg.kind === 'list' ? [arg.items.length] : []));
  // An argument that we do not know may be a list; one that is not known at plan has the length of the others.
  if (args.some(({ kind }) => kind === 'opaque' || (kind === 'unknown' && lengths.length === 0))) return notComputed(call);
  const length = lengths[0] ?? 1;
  if (lengths.some((one) => one !== length)) fail('the lists of formatlist have different lengths');
  const rows = Array.from({ length }, (_, at) => args.map((arg) => (arg.kind === 'list' ? (arg.items[at] ?? NULL) : arg)));
  return list(rows.map((row) => formatted([format, ...row])));
}

function formatted(args: readonly Value[]): Value {
  const [format, ...rest] = args;
  if (format === undefined || !args.every(isExact)) return opaqueCall('format', args, doubtOf(args));
  return string(printf(text(format), rest));
}

const one = (change: (of: string) => string) => plain(1, (args) => string(change(args.text(0))));
const two = (change: (a: string, b: string) => string) => plain(2, (args) => string(change(args.text(0), args.text(1))));
const test = (holds: (a: string, b: string) => boolean) => plain(2, (args) => bool(holds(args.text(0), args.text(1))), 1);

export const STRINGS: FunctionTable = {
  chomp: one((of) => of.replace(/(?:\r\n?|\n)+$/, '')),
  endswith: test((of, end) => of.endsWith(end)),
  format: (call) => (call.args.length === 0 ? fail('format needs a format') : formatted(call.args)),
  formatlist: formatList,
  indent: plain(2, (args) => string(args.text(1).replaceAll('\n', `\n${' '.repeat(Math.max(0, args.integer(0)))}`))),
  join: plain([1, MANY], join),
  lower: one((of) => perCharacter(of, (char) => char.toLowerCase())),
  regex: plain(2, (args) => regex(args, false), 1),
  regexall: plain(2, (args) => regex(args, true), 1),
  replace: plain(3, replace),
  split: plain(2, split, 1),
  startswith: test((of, start) => of.startsWith(start)),
  strcontains: test((of, part) => of.includes(part)),
  strrev: one((of) => [...graphemes(of)].reverse().join('')),
  substr: plain(3, substr, 1),
  templatestring: (call) => notComputed(call),
  title: one(title),
  trim: two(trimCharacters),
  trimprefix: two((of, prefix) => (of.startsWith(prefix) ? of.slice(prefix.length) : of)),
  trimspace: one((of) => of.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '')),
  trimsuffix: two((of, suffix) => (of.endsWith(suffix) ? of.slice(0, of.length - suffix.length) : of)),
  upper: one(upper),
};
