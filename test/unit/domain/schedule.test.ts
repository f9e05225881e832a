import { describe, expect, it } from 'vitest';
import { desiredAt, nextChange, validateSchedules } from '../../../src/domain/schedule.ts';
import type { Schedule } from '../../../src/domain/types.ts';

const sized = (timezone: string | undefined, ...schedules: readonly (readonly [string, number])[]) => ({
  instances: 1,
  timezone,
  schedules: schedules.map(([cron, instances]): Schedule => ({ cron, instances })),
});
const at = (iso: string): number => Date.parse(iso);
const iso = (change: { at: number; instances: number } | undefined): string | undefined =>
  change === undefined ? undefined : `${new Date(change.at).toISOString()} ${change.instances}`;

describe('desiredAt', () => {
  const workdays = ['* 8-18 * * 1-5', 5] as const;
  const rows: readonly (readonly [string, ReturnType<typeof sized>, string, number])[] = [
    ['first second of the window', sized('UTC', workdays), '2026-01-14T08:00:00Z', 5],
    ['last second of the window', sized('UTC', workdays), '2026-01-14T18:59:59Z', 5],
    ['before', sized('UTC', workdays), '2026-01-14T07:59:59.999Z', 1],
    ['after', sized('UTC', workdays), '2026-01-14T19:00:00Z', 1],
    ['Saturday', sized('UTC', workdays), '2026-01-17T12:00:00Z', 1],
    ['the hour of the zone counts', sized('Europe/Berlin', workdays), '2026-01-14T07:30:00Z', 5],
    ['the day of the zone counts', sized('Asia/Tokyo', ['* * * * 0', 9]), '2026-01-17T15:00:00Z', 9],
    ['half-hour zone', sized('Asia/Kolkata', ['* 9 * * *', 4]), '2026-01-14T03:30:00Z', 4],
    ['half-hour zone, before', sized('Asia/Kolkata', ['* 9 * * *', 4]), '2026-01-14T03:29:59Z', 1],
    ['first window wins', sized('UTC', ['* 8 * * *', 2], ['* 8-9 * * *', 3]), '2026-01-14T08:10:00Z', 2],
    ['a window may be smaller than the base', sized('UTC', ['* 8 * * *', 0]), '2026-01-14T08:10:00Z', 0],
    ['names', sized('UTC', ['* 8 * jan Wed', 7]), '2026-01-14T08:10:00Z', 7],
    ['steps', sized('UTC', ['* */2 * * *', 7]), '2026-01-14T08:10:00Z', 7],
    ['steps, between', sized('UTC', ['* */2 * * *', 7]), '2026-01-14T09:10:00Z', 1],
    ['open step', sized('UTC', ['* 5/3 * * *', 7]), '2026-01-14T08:10:00Z', 7],
    ['day of month or day of week: the weekday', sized('UTC', ['* 8 1 * 3', 7]), '2026-01-14T08:10:00Z', 7],
    ['day of month or day of week: the date', sized('UTC', ['* 8 14 * 1', 7]), '2026-01-14T08:10:00Z', 7],
    ['day of week alone', sized('UTC', ['* 8 * * 1', 7]), '2026-01-14T08:10:00Z', 1],
    ['? is *', sized('UTC', ['* 8 ? * 1', 7]), '2026-01-14T08:10:00Z', 1],
    ['no timezone: base', sized(undefined, ['* * * * *', 7]), '2026-01-14T08:10:00Z', 1],
    ['unknown timezone: base', sized('Mars/Base', ['* * * * *', 7]), '2026-01-14T08:10:00Z', 1],
    ['unreadable cron: counts for nothing', sized('UTC', ['every day', 7], ['* 8 * * *', 3]), '2026-01-14T08:10:00Z', 3],
    ['negative is none', sized('UTC', ['* 8 * * *', -3]), '2026-01-14T08:10:00Z', 0],
    // Berlin: 02:00 to 03:00 does not exist on 29 March 2026, and happens twice on 25 October 2026.
    ['spring: straight from 1 to 3', sized('Europe/Berlin', ['* 3 * * *', 4]), '2026-03-29T01:00:00Z', 4],
    ['spring: the last moment before', sized('Europe/Berlin', ['* 1 * * *', 4]), '2026-03-29T00:59:59Z', 4],
    ['autumn: hour 2 the first time', sized('Europe/Berlin', ['* 2 * * *', 4]), '2026-10-25T00:30:00Z', 4],
    ['autumn: hour 2 the second time', sized('Europe/Berlin', ['* 2 * * *', 4]), '2026-10-25T01:30:00Z', 4],
    ['autumn: then hour 3', sized('Europe/Berlin', ['* 2 * * *', 4]), '2026-10-25T02:00:00Z', 1],
    // Lord Howe moves by half an hour: 02:00 becomes 02:30 on 4 October 2026, 02:00 becomes 01:30 on 5 April 2026.
    ['Lord Howe spring: the second half of hour 2', sized('Australia/Lord_Howe', ['* 2 * * *', 4]), '2026-10-03T15:30:00Z', 4],
    ['Lord Howe autumn: hour 1 goes on', sized('Australia/Lord_Howe', ['* 1 * * *', 4]), '2026-04-04T15:20:00Z', 4],
  ];
  it.each(rows)('%s', (_, preset, now, expected) => {
    expect(desiredAt(preset, at(now))).toBe(expected);
  });
});

describe('nextChange', () => {
  const rows: readonly (readonly [string, ReturnType<typeof sized>, string, string | undefined])[] = [
    ['no schedule', sized('UTC'), '2026-01-14T12:00:00Z', undefined],
    ['always the same size', sized('UTC', ['* 8 * * *', 1]), '2026-01-14T12:00:00Z', undefined],
    ['always in the window', sized('UTC', ['* * * * *', 5]), '2026-01-14T12:00:00Z', undefined],
    ['a date that does not exist', sized('UTC', ['* 8 31 2 *', 5]), '2026-01-14T12:00:00Z', undefined],
    ['opens', sized('UTC', ['* 8-18 * * *', 5]), '2026-01-14T07:10:20Z', '2026-01-14T08:00:00.000Z 5'],
    ['closes', sized('UTC', ['* 8-18 * * *', 5]), '2026-01-14T08:00:00Z', '2026-01-14T19:00:00.000Z 1'],
    ['over the weekend', sized('UTC', ['* 8-18 * * 1-5', 5]), '2026-01-16T19:00:00Z', '2026-01-19T08:00:00.000Z 5'],
    [
      'from one window into the next',
      sized('UTC', ['* 8 * * *', 5], ['* 9 * * *', 6]),
      '2026-01-14T08:30:00Z',
      '2026-01-14T09:00:00.000Z 6',
    ],
    ['next month', sized('UTC', ['* 8 1 * *', 5]), '2026-01-14T12:00:00Z', '2026-02-01T08:00:00.000Z 5'],
    ['next leap day', sized('UTC', ['* 8 29 2 *', 5]), '2026-01-14T12:00:00Z', '2028-02-29T08:00:00.000Z 5'],
    ['half-hour zone', sized('Asia/Kolkata', ['* 9 * * *', 5]), '2026-01-14T12:00:00Z', '2026-01-15T03:30:00.000Z 5'],
    [
      'Berlin spring: hour 2 is left out',
      sized('Europe/Berlin', ['* 2 * * *', 5]),
      '2026-03-28T12:00:00Z',
      '2026-03-30T00:00:00.000Z 5',
    ],
    [
      'Berlin spring: 1 to 3 ends two wall hours later',
      sized('Europe/Berlin', ['* 0-1 * * *', 5]),
      '2026-03-29T00:10:00Z',
      '2026-03-29T01:00:00.000Z 1',
    ],
    [
      'Berlin spring: opens at the jump',
      sized('Europe/Berlin', ['* 3 * * *', 5]),
      '2026-03-29T00:10:00Z',
      '2026-03-29T01:00:00.000Z 5',
    ],
    [
      'Berlin autumn: hour 2 lasts two hours',
      sized('Europe/Berlin', ['* 2 * * *', 5]),
      '2026-10-25T00:10:00Z',
      '2026-10-25T02:00:00.000Z 1',
    ],
    [
      'Berlin: 8 o’clock stays 8 o’clock',
      sized('Europe/Berlin', ['* 8 * * *', 5]),
      '2026-03-28T12:00:00Z',
      '2026-03-29T06:00:00.000Z 5',
    ],
    ['New York spring', sized('America/New_York', ['* 2 * * *', 5]), '2026-03-07T12:00:00Z', '2026-03-09T06:00:00.000Z 5'],
    [
      'New York spring: opens at the jump',
      sized('America/New_York', ['* 3 * * *', 5]),
      '2026-03-08T06:10:00Z',
      '2026-03-08T07:00:00.000Z 5',
    ],
    [
      'New York autumn: hour 1 lasts two hours',
      sized('America/New_York', ['* 1 * * *', 5]),
      '2026-11-01T05:10:00Z',
      '2026-11-01T07:00:00.000Z 1',
    ],
    [
      'Lord Howe spring: hour 2 begins half way',
      sized('Australia/Lord_Howe', ['* 2 * * *', 5]),
      '2026-10-03T12:00:00Z',
      '2026-10-03T15:30:00.000Z 5',
    ],
    [
      'Lord Howe spring: and ends after half an hour',
      sized('Australia/Lord_Howe', ['* 2 * * *', 5]),
      '2026-10-03T15:40:00Z',
      '2026-10-03T16:00:00.000Z 1',
    ],
    [
      'Lord Howe autumn: hour 1 lasts an hour and a half',
      sized('Australia/Lord_Howe', ['* 1 * * *', 5]),
      '2026-04-04T14:10:00Z',
      '2026-04-04T15:30:00.000Z 1',
    ],
  ];
  it.each(rows)('%s', (_, preset, now, expected) => {
    expect(iso(nextChange(preset, at(now)))).toBe(expected);
  });
});

describe('validateSchedules', () => {
  const problems = (timezone: string | undefined, ...crons: readonly string[]) =>
    validateSchedules(
      timezone,
      crons.map((cron) => ({ cron, instances: 1 })),
    );

  const bad: readonly (readonly [string, string])[] = [
    ['* 8 * *', 'has 4 fields instead of five'],
    ['', 'has 0 fields'],
    ['@daily', 'has 1 field instead'],
    ['0 * 8 * * *', 'has 6 fields'],
    ['0 8 * * *', 'has minute "0"; it must be "*"'],
    ['*/1 8 * * *', 'has minute "*/1"'],
    ['* 24 * * *', 'has hour "24"; allowed is 0 to 23'],
    ['* 8 0 * *', 'has day of month "0"; allowed is 1 to 31'],
    ['* 8 32 * *', 'has day of month "32"'],
    ['* 8 * 13 *', 'has month "13"; allowed is 1 to 12 or JAN to DEC'],
    ['* 8 * * 7', 'has day of week "7"; allowed is 0 to 6 or SUN to SAT'],
    ['* 18-8 * * *', 'has hour "18-8", which ends before it begins'],
    ['* 8-10-12 * * *', 'has hour "8-10-12", which is not a range'],
    ['* */0 * * *', 'is not a whole number above 0'],
    ['* */2/2 * * *', 'the step in "*/2/2"'],
    ['* 8, * * *', 'has hour with ""'],
    ['* 8 * * FOO', 'has day of week with "FOO", which is neither a number nor a name'],
    ['* 8 L * *', 'has day of month with "L"'],
    ['* 8 * * MON#2', 'with "MON#2"'],
    [`* 8 * * ${'1,'.repeat(200)}1`, 'is longer than 256 characters'],
  ];
  it.each(bad)('%s: %s', (cron, problem) => {
    const found = problems('UTC', cron);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^schedule 1 \(/);
    expect(found[0]).toContain(problem);
  });

  it('needs a timezone, an existing one', () => {
    expect(problems(undefined, '* 8 * * *')).toEqual(['the schedules have no timezone; set one like "Europe/Berlin"']);
    expect(problems('', '* 8 * * *')).toHaveLength(1);
    expect(problems('+02:00', '* 8 * * *')[0]).toContain('unknown timezone "+02:00"');
    expect(problems('Mars/Base')[0]).toContain('unknown timezone "Mars/Base"');
    expect(problems(undefined)).toEqual([]);
    expect(problems('Europe/Berlin', '* 8 * * *')).toEqual([]);
  });

  it('refuses sizes that are not whole or are negative', () => {
    expect(validateSchedules('UTC', [{ cron: '* 8 * * *', instances: -1 }])[0]).toContain('instances -1');
    expect(validateSchedules('UTC', [{ cron: '* 8 * * *', instances: 1.5 }])[0]).toContain('instances 1.5');
    expect(validateSchedules('UTC', [{ cron: '* 8 * * *', instances: 0 }])).toEqual([]);
  });

  it('names both schedules and an instant of the overlap', () => {
    expect(problems('UTC', '* 1 * * *', '* 8-10 * * 1-5', '* 10-12 15 * FRI')).toEqual([
      'schedule 2 ("* 8-10 * * 1-5") and schedule 3 ("* 10-12 15 * FRI") overlap, for example on FRI 1 JAN, hour 10',
    ]);
  });

  const overlaps: readonly (readonly [string, string, boolean])[] = [
    ['* 8 * * *', '* 8 * * *', true],
    ['* 8 * * *', '* 9 * * *', false],
    ['* 8-10 * * 1-5', '* 10 * * 5', true],
    ['* 8-10 * * 1-5', '* 8-10 * * 6,0', false],
    ['* 8 * 1-6 *', '* 8 * 7-12 *', false],
    ['* 8 1-15 * *', '* 8 16-31 * *', false],
    ['* 8 1-15 * *', '* 8 15 * *', true],
    ['* 8 15 * *', '* 8 * * 1', true],
    ['* 8 15 * 2', '* 8 * * 1', true],
    ['* 8 15 * 2', '* 8 16 * 3', true],
    ['* 8 15 1 2', '* 8 16 2 3', false],
    ['* 8 31 4 *', '* 8 31 * *', false],
    ['* 8 29 2 *', '* 8 * 2 *', true],
    ['* 8 30 2 *', '* 8 * * *', false],
    ['* */2 * * *', '* 1-23/2 * * *', false],
    ['* */2 * * *', '* */3 * * *', true],
    ['* 8 * JAN MON', '* 8 * 1 1', true],
    ['* 8 * * MON-WED', '* 8 * * THU-SAT', false],
    ['* 8 */2 * *', '* 8 2-30/2 * *', false],
  ];
  it.each(overlaps)('%s and %s overlap: %s', (a, b, expected) => {
    expect(problems('UTC', a, b)).toHaveLength(expected ? 1 : 0);
    expect(problems('UTC', b, a)).toHaveLength(expected ? 1 : 0);
  });
});
