/** One health check of a ready prebuild. */
export interface HealthCheck {
  readonly id: string;
  readonly healthy: boolean;
  /** Checks that failed in a row before this one. */
  readonly failures: number;
  /** So many in a row mean dead. */
  readonly limit: number;
}

export interface HealthJudgement {
  /** More than half of the stock looks dead at once, so something else is wrong: nothing is failed. */
  readonly mass: boolean;
  readonly dead: readonly string[];
}

/** Fewer than this are never a mass. */
const FEWEST = 2;

/**
 * Who is dead after a round of checks (SM W23, spec 7.5). `rest` = failures in a row of the stock that was not checked this time, so that
 * checks which come due one after the other do not hide that most of the stock is gone.
 */
export function judgeHealth(checks: readonly HealthCheck[], rest: readonly number[]): HealthJudgement {
  const failing = checks.filter(({ healthy }) => !healthy);
  const looksDead = failing.length + rest.filter((failures) => failures > 0).length;
  if (failing.length > 0 && looksDead >= FEWEST && looksDead * 2 > checks.length + rest.length) return { mass: true, dead: [] };
  return { mass: false, dead: failing.filter(({ failures, limit }) => failures + 1 >= limit).map(({ id }) => id) };
}
