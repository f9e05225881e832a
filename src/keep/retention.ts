const DAY_MS = 86_400_000;

/** How long what is over is kept; durations in milliseconds. */
export interface Retention {
  /** Inactive versions per template, for going back. */
  readonly versions: number;
  /** Deleted workspaces with their builds and runs, and claims. */
  readonly deletedMs: number;
  readonly eventsMs: number;
  /** Builds of each workspace whose engine logs are kept. */
  readonly runs: number;
}

export const DEFAULT_RETENTION: Retention = { versions: 5, deletedMs: 90 * DAY_MS, eventsMs: 180 * DAY_MS, runs: 20 };

/** Notifications that reached their hook. */
export const NOTIFICATIONS_MS = 30 * DAY_MS;
/** How large pools were: a week, and the day that has begun. */
export const SAMPLES_MS = 8 * DAY_MS;
/** What `doctor --repair` put aside can be taken back as long as this. */
export const ASIDE_MS = 7 * DAY_MS;
/** `reconcile` cleans up at most this often, over all processes. */
export const CLEAN_UP_EVERY_MS = 3_600_000;
