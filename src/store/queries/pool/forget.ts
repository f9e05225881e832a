/** Columns of a pool whose failures are forgotten: a prebuild became ready, a new version is active, or a person asked for a retry. */
export const FORGOTTEN = {
  breaker: 'closed',
  failures: 0,
  next_try_at: null,
  error_class: null,
  opened_at: null,
  error_fingerprint: null,
  error_repeats: 0,
} as const;
