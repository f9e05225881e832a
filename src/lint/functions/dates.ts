import { number, opaque, string, unknown, type Value } from '../value.ts';
import { fail, plain, type Arguments, type Call, type FunctionTable } from './call.ts';
import { instantOf, local, rfc3339, two, zoneText, type Instant } from './instant.ts';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

const parsed = (text: string): Instant => instantOf(text) ?? fail(`${text} is no timestamp`);

/** One run of equal letters of a format. */
function field(letters: string, instant: Instant): string {
  const date = local(instant);
  const [month, day, hour] = [MONTHS[date.getUTCMonth()] ?? '', DAYS[date.getUTCDay()] ?? '', date.getUTCHours()];
  const twelve = hour % 12 === 0 ? 12 : hour % 12;
  const fields: Readonly<Record<string, string>> = {
    YYYY: String(date.getUTCFullYear()).padStart(4, '0'),
    YY: two(date.getUTCFullYear() % 100),
    MMMM: month,
    MMM: month.slice(0, 3),
    MM: two(date.getUTCMonth() + 1),
    M: String(date.getUTCMonth() + 1),
    DD: two(date.getUTCDate()),
    D: String(date.getUTCDate()),
    EEEE: day,
    EEE: day.slice(0, 3),
    hh: two(hour),
    h: String(hour),
    HH: two(twelve),
    H: String(twelve),
    AA: hour < 12 ? 'AM' : 'PM',
    aa: hour < 12 ? 'am' : 'pm',
    mm: two(date.getUTCMinutes()),
    m: String(date.getUTCMinutes()),
    ss: two(date.getUTCSeconds()),
    s: String(date.getUTCSeconds()),
    ZZZZZ: zoneText(instant.offset, ':'),
    ZZZZ: zoneText(instant.offset, ''),
    ZZZ: instant.offset === 0 ? 'UTC' : zoneText(instant.offset, ''),
    Z: instant.offset === 0 ? 'Z' : zoneText(instant.offset, ':'),
  };
  return fields[letters] ?? fail(`formatdate does not know ${letters}`);
}

/** Letters are fields, text between single quotes and other characters stand for themselves. */
function formatDate(args: Arguments): Value {
  const instant = parsed(args.text(1));
  const part = /'((?:[^']|'')*)'|'|([A-Za-z])\2*/g;
  return string(
    args.text(0).replace(part, (whole, quoted?: string) => {
      if (whole === "'") return fail('a quote of formatdate does not end');
      return quoted === undefined ? field(whole, instant) : quoted.replaceAll("''", "'");
    }),
  );
}

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Nanoseconds of a text such as `-1h30m`. */
function durationOf(text: string): bigint {
  const sign = text.startsWith('-') ? -1n : 1n;
  const body = text.replace(/^[+-]/, '');
  if (body === '0') return 0n;
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(body)) fail(`${text} is no duration`);
  let total = 0n;
  for (const [, amount = '', unit = ''] of body.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += BigInt(Math.trunc(Number(amount) * (UNITS[unit] ?? 0)));
  }
  return sign * total;
}

function timeAdd(args: Arguments): Value {
  const instant = parsed(args.text(0));
  return string(rfc3339({ ...instant, nanoseconds: instant.nanoseconds + durationOf(args.text(1)) }));
}

function timeCompare(args: Arguments): Value {
  const [a, b] = [parsed(args.text(0)).nanoseconds, parsed(args.text(1)).nanoseconds];
  return number(a < b ? -1 : a > b ? 1 : 0);
}

/** What is decided when it is applied: unknown at every plan, and in the state something of the first build (L 2.1). */
const atApply = ({ name, second }: Call): Value => (second ? unknown() : opaque(`${name}()@1`));

export const DATES: FunctionTable = {
  bcrypt: atApply,
  formatdate: plain(2, formatDate, 1),
  plantimestamp: ({ second }) => opaque(`plantimestamp()@${second ? '2' : '1'}`),
  timeadd: plain(2, timeAdd),
  timecmp: plain(2, timeCompare, 1),
  timestamp: atApply,
  uuid: atApply,
};
