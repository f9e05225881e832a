/** The wall clock of one instant in one zone. */
export interface WallTime {
  readonly hour: number;
  readonly day: number;
  /** 1 to 12. */
  readonly month: number;
  /** 0 = Sunday. */
  readonly weekday: number;
}

/** The hours a cron expression with minute `*` covers, read as a window and not as instants (Coder 1.3). */
export interface CronWindow {
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Day of month or day of week is `*`: both must match. Else one of the two is enough, as in every cron. */
  readonly bothDays: boolean;
}

export type CronResult =
  { readonly window: CronWindow; readonly problem?: undefined } | { readonly window?: undefined; readonly problem: string };

interface Field {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  /** Names from `min` on, upper case. */
  readonly names: readonly string[];
}

interface FieldSet {
  readonly values: ReadonlySet<number>;
  readonly star: boolean;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const HOUR: Field = { label: 'hour', min: 0, max: 23, names: [] };
const DAY: Field = { label: 'day of month', min: 1, max: 31, names: [] };
const MONTH: Field = { label: 'month', min: 1, max: 12, names: MONTHS };
const WEEKDAY: Field = { label: 'day of week', min: 0, max: 6, names: WEEKDAYS };
const MAX_LENGTH = 256;

/** A reason why a field cannot be read; never leaves this file. */
class FieldProblem extends Error {}

/**
 * Reads five fields with minute `*`, in the grammar Coder's provider accepts: `*`, `?`, numbers, names (JAN, MON), ranges, lists,
 * steps; day of week is 0 to 6. The grammar is written here, and not taken from a library, because a template that Coder accepts must
 * not be refused and windows need the sets of the fields, not the next run.
 */
export function parseCron(cron: string): CronResult {
  if (cron.length > MAX_LENGTH) return { problem: `is longer than ${String(MAX_LENGTH)} characters` };
  const fields = cron.trim().split(/\s+/);
  const [minute, hour, day, month, weekday] = fields;
  if (fields.length !== 5 || hour === undefined || day === undefined || month === undefined || weekday === undefined) {
    return { problem: `has ${countFields(cron)} instead of five (minute hour day month weekday)` };
  }
  if (minute !== '*')
    return { problem: `has minute "${minute ?? ''}"; it must be "*", because a schedule is a window of whole hours` };
  try {
    const days = readField(day, DAY);
    const weekdays = readField(weekday, WEEKDAY);
    const window: CronWindow = {
      hours: readField(hour, HOUR).values,
      days: days.values,
      months: readField(month, MONTH).values,
      weekdays: weekdays.values,
      bothDays: days.star || weekdays.star,
    };
    return { window };
  } catch (error) {
    if (error instanceof FieldProblem) return { problem: error.message };
    throw error;
  }
}

function countFields(cron: string): string {
  const count = cron.trim() === '' ? 0 : cron.trim().split(/\s+/).length;
  return `${String(count)} ${count === 1 ? 'field' : 'fields'}`;
}

function readField(text: string, field: Field): FieldSet {
  const values = new Set<number>();
  let star = false;
  for (const item of text.split(',')) {
    const [range = '', stepText, ...rest] = item.split('/');
    const step = stepText === undefined ? 1 : readNumber(stepText, field);
    if (rest.length > 0 || step < 1)
      throw new FieldProblem(`has ${field.label} "${text}": the step in "${item}" is not a whole number above 0`);
    const isStar = range === '*' || range === '?';
    star ||= isStar && step === 1;
    const { from, to } = isStar ? { from: field.min, to: field.max } : readRange(range, field, stepText !== undefined);
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return { values, star };
}

function readRange(range: string, field: Field, hasStep: boolean): { from: number; to: number } {
  const [fromText = '', toText, ...rest] = range.split('-');
  if (rest.length > 0) throw new FieldProblem(`has ${field.label} "${range}", which is not a range`);
  const from = readNumber(fromText, field);
  // `5/3` means from 5 to the end in steps of 3.
  const open = hasStep ? field.max : from;
  const to = toText === undefined ? open : readNumber(toText, field);
  if (from < field.min || to > field.max) {
    throw new FieldProblem(
      `has ${field.label} "${range}"; allowed is ${String(field.min)} to ${String(field.max)}${namesOf(field)}`,
    );
  }
  if (from > to)
    throw new FieldProblem(`has ${field.label} "${range}", which ends before it begins; write it as two parts with a comma`);
  return { from, to };
}

const namesOf = ({ names }: Field): string => (names.length === 0 ? '' : ` or ${names[0] ?? ''} to ${names.at(-1) ?? ''}`);

function readNumber(text: string, field: Field): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  const index = field.names.indexOf(text.toUpperCase());
  if (index < 0) throw new FieldProblem(`has ${field.label} with "${text}", which is neither a number nor a name`);
  return index + field.min;
}

/** Whether the wall time lies in the window. */
export function containsWall(window: CronWindow, wall: WallTime): boolean {
  return window.hours.has(wall.hour) && window.months.has(wall.month) && matchesDay(window, wall.day, wall.weekday);
}

function matchesDay(window: CronWindow, day: number, weekday: number): boolean {
  const byDay = window.days.has(day);
  const byWeekday = window.weekdays.has(weekday);
  return window.bothDays ? byDay && byWeekday : byDay || byWeekday;
}

const MONTH_LENGTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * A wall time that lies in both windows, or undefined. Exact: over the years every date falls on every weekday, so months, days and
 * weekdays are simply tried (Coder's own check misses `* 8 * * 1` against `* 8 15 * 2`, and cannot read steps and names).
 */
export function findOverlap(a: CronWindow, b: CronWindow): WallTime | undefined {
  const hour = [...a.hours].find((value) => b.hours.has(value));
  if (hour === undefined) return undefined;
  for (const [index, length] of MONTH_LENGTHS.entries()) {
    const month = index + 1;
    if (!a.months.has(month) || !b.months.has(month)) continue;
    const found = findDay(a, b, length);
    if (found !== undefined) return { hour, month, ...found };
  }
  return undefined;
}

function findDay(a: CronWindow, b: CronWindow, length: number): { day: number; weekday: number } | undefined {
  for (let day = 1; day <= length; day += 1) {
    for (let weekday = 0; weekday <= 6; weekday += 1) {
      if (matchesDay(a, day, weekday) && matchesDay(b, day, weekday)) return { day, weekday };
    }
  }
  return undefined;
}

/** A wall time for people: `MON 15 JAN, hour 8`. */
export function describeWall(wall: WallTime): string {
  return `${WEEKDAYS[wall.weekday] ?? ''} ${String(wall.day)} ${MONTHS[wall.month - 1] ?? ''}, hour ${String(wall.hour)}`;
}
