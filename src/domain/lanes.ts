import type { JobLane } from './types.ts';

/** Job slots of this host by lane (spec 5.4). */
export type JobLanes = Readonly<Record<JobLane, number>>;

/**
 * `jobs` engine operations at once: the pools get all but `reserve` of them, at least one; the reserve is for people. One more is for
 * the pools' deletes alone, so that a delete never waits for creates.
 */
export const lanesOf = (jobs: number, reserve: number): JobLanes => ({
  pool: Math.max(1, jobs - reserve),
  people: reserve,
  delete: 1,
});

/**
 * Lanes whose free slots a build may take, in order. People take what the pools leave free when their reserve is used; the pools never
 * take the reserve.
 */
export const LANES_OF: Readonly<Record<JobLane, readonly JobLane[]>> = {
  pool: ['pool'],
  people: ['people', 'pool'],
  delete: ['delete', 'pool'],
};
