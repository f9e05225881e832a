import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containsWall, findOverlap, parseCron, type CronWindow } from '../../src/domain/cron.ts';
import { desiredAt, nextChange, validateSchedules } from '../../src/domain/schedule.ts';
import { wallAt } from '../../src/domain/zone.ts';

const HOUR = 3_600_000;
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Africa/Casablanca',
  'America/St_Johns',
];

/** One field in the grammar that Coder's provider and croner share. */
const field = (min: number, max: number): fc.Arbitrary<string> => {
  const value = fc.integer({ min, max });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 2, max: 5 });
  const item = fc.oneof(
    value.map(String),
    range,
    fc.tuple(range, step).map(([text, by]) => `${text}/${by}`),
    step.map((by) => `*/${by}`),
  );
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('*') },
    { weight: 3, arbitrary: fc.array(item, { minLength: 1, maxLength: 2 }).map((items) => items.join(',')) },
  );
};
const cron = fc.tuple(field(0, 23), field(1, 31), field(1, 12), field(0, 6)).map((fields) => `* ${fields.join(' ')}`);
const zone = fc.constantFrom(...ZONES);
const instant = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2029, 0, 1) });
const preset = fc.record({
  instances: fc.integer({ min: 0, max: 2 }),
  timezone: zone,
  schedules: fc.array(fc.record({ cron, instances: fc.integer({ min: 0, max: 3 }) }), { maxLength: 3 }),
});

const windowOf = (text: string): CronWindow => {
  const { window, problem } = parseCron(text);
  expect(problem).toBeUndefined();
  return window!;
};

describe('cron windows', () => {
  it('agree with a cron library about every minute', () => {
    fc.assert(
      fc.property(cron, zone, instant, (text, timezone, at) => {
        const minute = Math.floor(at / 60_000) * 60_000;
        const library = new Cron(text, { timezone, paused: true, mode: '5-part' });
        expect(containsWall(windowOf(text), wallAt(timezone, at))).toBe(library.match(new Date(minute)));
      }),
      { numRuns: 400 },
    );
  });

  it('overlap exactly when an hour of 28 years lies in both', () => {
    const narrow = fc
      .tuple(fc.constantFrom('8', '9', '8-9', '*/2'), field(1, 31), fc.constantFrom('*', '1', '2', '2-3'), field(0, 6))
      .map((fields) => `* ${fields.join(' ')}`);
    fc.assert(
      fc.property(narrow, narrow, (a, b) => {
        const [first, second] = [windowOf(a), windowOf(b)];
        const found = findOverlap(first, second);
        if (found !== undefined) {
          expect(containsWall(first, found) && containsWall(second, found)).toBe(true);
          return;
        }
        for (let day = Date.UTC(2000, 0, 1); day < Date.UTC(2028, 0, 1); day += 24 * HOUR) {
          const date = new Date(day);
          if (date.getUTCMonth() > 2) continue;
          for (const hour of [0, 8, 9]) {
            const wall = { hour, day: date.getUTCDate(), month: date.getUTCMonth() + 1, weekday: date.getUTCDay() };
            if (containsWall(first, wall) && containsWall(second, wall))
              expect.fail(`${a} and ${b} overlap on ${date.toISOString()}`);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('never throw, whatever is written', () => {
    const words = fc.array(fc.oneof(fc.string(), fc.constantFrom('*', '1-5', 'MON', '*/2', ',', '-', '/', '0')), {
      minLength: 3,
      maxLength: 6,
    });
    fc.assert(
      fc.property(words, fc.string(), (parts, timezone) => {
        const text = parts.join(' ');
        const problems = validateSchedules(timezone, [{ cron: text, instances: 1 }]);
        expect(problems.every((problem) => problem !== '')).toBe(true);
        expect(desiredAt({ instances: 1, timezone, schedules: [{ cron: text, instances: 1 }] }, 0)).toBe(1);
      }),
    );
  });
});

describe('the size of a pool', () => {
  it('stays the same until the next change, and is what was said from there on', () => {
    fc.assert(
      fc.property(
        preset,
        instant,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
        (sizing, now, shares) => {
          const next = nextChange(sizing, now);
          const size = desiredAt(sizing, now);
          const end = next?.at ?? now + 30 * 24 * HOUR;
          for (const share of shares) expect(desiredAt(sizing, Math.floor(now + (end - 1 - now) * share))).toBe(size);
          if (next === undefined) return;
          expect(next.at).toBeGreaterThan(now);
          expect(next.instances).not.toBe(size);
          expect(desiredAt(sizing, next.at - 1)).toBe(size);
          expect(desiredAt(sizing, next.at)).toBe(next.instances);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('follows the clock minute by minute through every change of the offset', () => {
    const changes: readonly (readonly [string, number])[] = [
      ['Europe/Berlin', Date.UTC(2026, 2, 29, 1)],
      ['Europe/Berlin', Date.UTC(2026, 9, 25, 1)],
      ['America/New_York', Date.UTC(2026, 2, 8, 7)],
      ['America/New_York', Date.UTC(2026, 10, 1, 6)],
      ['Australia/Lord_Howe', Date.UTC(2026, 3, 4, 15)],
      ['Australia/Lord_Howe', Date.UTC(2026, 9, 3, 15, 30)],
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: -240, max: 60 }),
        ([timezone, at], hour, minutes) => {
          const sizing = { instances: 0, timezone, schedules: [{ cron: `* ${hour} * * *`, instances: 1 }] };
          const now = at + minutes * 60_000;
          const size = desiredAt(sizing, now);
          let walked = now;
          while (desiredAt(sizing, walked) === size && walked < now + 30 * HOUR) walked += 60_000;
          const next = nextChange(sizing, now);
          if (walked < now + 30 * HOUR) expect(next).toEqual({ at: walked, instances: 1 - size });
          else expect(next!.at).toBeGreaterThanOrEqual(walked);
        },
      ),
      { numRuns: 60 },
    );
  });
});
