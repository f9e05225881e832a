import type { Build, Workspace } from '../../domain/types.ts';
import { spanOf, type Span } from './geometry.ts';

/** One stretch of a build on its way: waiting for its turn, then working. */
export interface BuildBar {
  readonly waiting: Span;
  readonly working: Span;
  readonly waitedMs: number;
  readonly workedMs: number;
}

/** Bars of builds on one scale, on which the longest is whole; `now` ends those that still run. */
export function buildBars(builds: readonly Build[], now: number): readonly BuildBar[] {
  const times = builds.map((build) => {
    const endedAt = build.endedAt ?? Math.max(now, build.createdAt);
    const startedAt = Math.min(endedAt, build.startedAt ?? endedAt);
    return { createdAt: build.createdAt, startedAt, endedAt };
  });
  const longest = Math.max(1, ...times.map(({ createdAt, endedAt }) => endedAt - createdAt));
  return times.map(({ createdAt, startedAt, endedAt }) => ({
    waiting: spanOf(createdAt, startedAt, createdAt, createdAt + longest, 0),
    working: spanOf(startedAt, endedAt, createdAt, createdAt + longest),
    waitedMs: startedAt - createdAt,
    workedMs: endedAt - startedAt,
  }));
}

/** A part of a workspace's life. */
export interface Stretch extends Span {
  readonly word: 'made' | 'in the pool' | 'claimed';
  readonly ms: number;
}

type Lived = Pick<Workspace, 'createdAt' | 'readyAt' | 'claimedAt' | 'deletedAt'>;

/** From its creation until now, or until it was deleted: being made, waiting in the pool, with its owner. */
export function lifeOf({ createdAt, readyAt, claimedAt, deletedAt }: Lived, prebuild: boolean, now: number): readonly Stretch[] {
  const end = Math.max(createdAt + 1, deletedAt ?? now);
  // A start after the claim makes it ready anew, which is not when it was made.
  const madeAt = Math.min(end, readyAt === undefined ? (claimedAt ?? end) : Math.min(readyAt, claimedAt ?? readyAt));
  const ownedAt = claimedAt ?? (prebuild ? end : madeAt);
  const parts = [
    { word: 'made', from: createdAt, to: madeAt },
    { word: 'in the pool', from: madeAt, to: ownedAt },
    { word: 'claimed', from: ownedAt, to: end },
  ] as const;
  return parts
    .filter(({ from, to }) => to > from)
    .map(({ word, from, to }) => ({ word, ms: to - from, ...spanOf(from, to, createdAt, end) }));
}
