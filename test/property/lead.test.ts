import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredWithLead, type Pace } from '../../src/domain/lead.ts';
import { desiredAt, type Sizing } from '../../src/domain/schedule.ts';
import { HOUR, MINUTE } from '../unit/domain/model.ts';

const MIDNIGHT = Date.UTC(2026, 0, 14);
const pace = (facts: Partial<Pace> = {}): Pace => ({ readyBy: true, poolJobs: 2, buildTimesMs: [10 * MINUTE], ...facts });
/** One, and nine from 9 to 17 hours. */
const office: Sizing = { instances: 1, timezone: 'UTC', schedules: [{ cron: '* 9-17 * * *', instances: 9 }] };
const at = (hour: number, minute = 0): number => MIDNIGHT + hour * HOUR + minute * MINUTE;

describe('desiredWithLead', () => {
  it('starts so early that eight more are ready at nine: four batches of two, ten minutes each', () => {
    expect(desiredWithLead(office, at(8, 19), pace()).desired).toBe(1);
    expect(desiredWithLead(office, at(8, 20), pace()).desired).toBe(9);
    expect(desiredWithLead(office, at(9), pace()).desired).toBe(9);
    expect(desiredWithLead(office, at(8, 20), pace({ poolJobs: 1 })).desired).toBe(9);
    expect(desiredWithLead(office, at(8, 20), pace({ poolJobs: 8 })).desired).toBe(1);
  });

  it('takes the slow builds as its measure, not the average', () => {
    const times = [1, 1, 1, 1, 1, 1, 1, 1, 10, 10].map((minutes) => minutes * MINUTE);
    expect(desiredWithLead(office, at(8, 20), pace({ buildTimesMs: times })).desired).toBe(9);
  });

  it('is early for nothing without `ready_by`, and without an observation', () => {
    for (const off of [pace({ readyBy: false }), pace({ buildTimesMs: [] })]) {
      expect(desiredWithLead(office, at(8, 59), off)).toEqual({ desired: 1, keep: 1 });
    }
  });

  it('looks over a smaller window to a larger one', () => {
    const dip: Sizing = {
      instances: 4,
      timezone: 'UTC',
      schedules: [
        { cron: '* 8 * * *', instances: 2 },
        { cron: '* 9 * * *', instances: 9 },
      ],
    };
    expect(desiredWithLead(dip, at(7, 50), pace({ buildTimesMs: [30 * MINUTE] })).desired).toBe(9);
  });

  it('keeps what it filled early although builds became faster meanwhile', () => {
    expect(desiredWithLead(office, at(8, 30), pace({ buildTimesMs: [1000] }))).toEqual({ desired: 1, keep: 9 });
  });

  const sizing = fc.record({
    instances: fc.integer({ min: 0, max: 9 }),
    timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns'),
    schedules: fc.array(
      fc.record({
        cron: fc.integer({ min: 0, max: 23 }).map((hour) => `* ${String(hour)} * * *`),
        instances: fc.integer({ min: 0, max: 9 }),
      }),
      { maxLength: 3 },
    ),
  });
  const paces = fc.record({
    readyBy: fc.boolean(),
    poolJobs: fc.integer({ min: 1, max: 4 }),
    buildTimesMs: fc.array(fc.integer({ min: 1, max: 2 * HOUR }), { maxLength: 5 }),
  });
  const instant = fc.integer({ min: Date.UTC(2026, 2, 27), max: Date.UTC(2026, 2, 31) });

  it('is never below the schedule, never above its largest size, and keeps at least what it wants', () => {
    fc.assert(
      fc.property(sizing, paces, instant, (preset, speed, now) => {
        const { desired, keep } = desiredWithLead(preset, now, speed);
        expect(desired).toBeGreaterThanOrEqual(desiredAt(preset, now));
        expect(desired).toBeLessThanOrEqual(Math.max(preset.instances, ...preset.schedules.map(({ instances }) => instances)));
        expect(keep).toBeGreaterThanOrEqual(desired);
        if (!speed.readyBy) expect(keep).toBe(desiredAt(preset, now));
      }),
      { numRuns: 200 },
    );
  });

  it('once it is early it stays so until the larger window begins', () => {
    fc.assert(
      fc.property(sizing, paces, instant, fc.integer({ min: 1, max: 60 }), (preset, speed, now, minutes) => {
        const { desired } = desiredWithLead(preset, now, speed);
        const soon = now + minutes * MINUTE;
        const passed = Array.from({ length: minutes + 1 }, (_, n) => desiredAt(preset, now + n * MINUTE));
        fc.pre(desired > desiredAt(preset, now) && passed.every((size) => size === passed[0]));
        expect(desiredWithLead(preset, soon, speed).desired).toBeGreaterThanOrEqual(desired);
      }),
      { numRuns: 200 },
    );
  });
});
