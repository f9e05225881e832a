import { containsWall, describeWall, findOverlap, parseCron, type CronWindow, type WallTime } from './cron.ts';
import type { Preset, Schedule } from './types.ts';
import { hourChanges, isZone, wallAt } from './zone.ts';

/** What the size of a pool depends on. */
export type Sizing = Pick<Preset, 'instances' | 'timezone' | 'schedules'>;

/** Four years and a day: long enough for a window on 29 February. */
const LOOK_AHEAD_DAYS = 1462;
const DAY_MS = 86_400_000;

/**
 * Problems of a `scheduling` block, in words (Coder 1.1 and 1.3, spec 4.4); empty = good. Two schedules overlap when one instant lies
 * in both windows.
 */
export function validateSchedules(timezone: string | undefined, schedules: readonly Schedule[]): readonly string[] {
  const problems: string[] = [];
  if (timezone === undefined || timezone === '') {
    if (schedules.length > 0) problems.push('the schedules have no timezone; set one like "Europe/Berlin"');
  } else if (!isZone(timezone)) {
    problems.push(`unknown timezone "${timezone}"; use an IANA name like "Europe/Berlin"`);
  }
  const windows = schedules.map(({ cron, instances }, index) => {
    const { window, problem } = parseCron(cron);
    if (problem !== undefined) problems.push(`${titleOf(schedules, index)} ${problem}`);
    if (!Number.isInteger(instances) || instances < 0) {
      problems.push(`${titleOf(schedules, index)} has instances ${String(instances)}; it must be a whole number, 0 or more`);
    }
    return window;
  });
  return [...problems, ...overlapsOf(schedules, windows)];
}

function overlapsOf(schedules: readonly Schedule[], windows: readonly (CronWindow | undefined)[]): readonly string[] {
  return windows.flatMap((first, a) =>
    windows.slice(a + 1).flatMap((second, offset) => {
      const both = first === undefined || second === undefined ? undefined : findOverlap(first, second);
      if (both === undefined) return [];
      return [`${titleOf(schedules, a)} and ${titleOf(schedules, a + 1 + offset)} overlap, for example on ${describeWall(both)}`];
    }),
  );
}

const titleOf = (schedules: readonly Schedule[], index: number): string =>
  `schedule ${String(index + 1)} ("${schedules[index]?.cron ?? ''}")`;

/**
 * Size of the pool at `now`: the first window that contains now replaces the base size, even by a smaller one (Coder 1.3). A timezone
 * or cron that cannot be read counts for nothing: deciding never fails because of a schedule.
 */
export function desiredAt(preset: Sizing, now: number): number {
  const plan = planOf(preset);
  return plan === undefined ? atLeastZero(preset.instances) : plan.sizeAt(wallAt(plan.zone, now));
}

/** The next instant at which the size differs from the one at `now`; undefined = it does not change (within four years). */
export function nextChange(preset: Sizing, now: number): { readonly at: number; readonly instances: number } | undefined {
  const plan = planOf(preset);
  if (plan === undefined || plan.constant) return undefined;
  const size = plan.sizeAt(wallAt(plan.zone, now));
  for (const { at, wall } of hourChanges(plan.zone, now, LOOK_AHEAD_DAYS)) {
    const instances = plan.sizeAt(wall);
    if (instances !== size) return { at, instances };
  }
  return undefined;
}

/** Every change of the size after `now` and up to `until`, in order. */
export function changesUntil(
  preset: Sizing,
  now: number,
  until: number,
): readonly { readonly at: number; readonly instances: number }[] {
  const plan = planOf(preset);
  if (plan === undefined || plan.constant) return [];
  const found: { at: number; instances: number }[] = [];
  let size = plan.sizeAt(wallAt(plan.zone, now));
  for (const { at, wall } of hourChanges(plan.zone, now, Math.ceil((until - now) / DAY_MS))) {
    if (at > until) break;
    const instances = plan.sizeAt(wall);
    if (instances !== size) found.push({ at, instances });
    size = instances;
  }
  return found;
}

interface Plan {
  readonly zone: string;
  readonly constant: boolean;
  readonly sizeAt: (wall: WallTime) => number;
}

function planOf({ instances, timezone, schedules }: Sizing): Plan | undefined {
  if (schedules.length === 0 || timezone === undefined || !isZone(timezone)) return undefined;
  const windows = schedules.flatMap((schedule) => {
    const { window } = parseCron(schedule.cron);
    return window === undefined ? [] : [{ window, size: atLeastZero(schedule.instances) }];
  });
  const base = atLeastZero(instances);
  return {
    zone: timezone,
    constant: windows.every(({ size }) => size === base),
    sizeAt: (wall) => windows.find(({ window }) => containsWall(window, wall))?.size ?? base,
  };
}

const atLeastZero = (size: number): number => Math.max(0, size);
