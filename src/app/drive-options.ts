import type { RunOptions } from '../api/app.ts';
import type { Context } from './context.ts';

/** Options of an engine operation as the rooms want them; the configuration decides about provider sessions unless the caller does. */
export const driveOptions = (context: Context, options: RunOptions) => ({
  signal: options.signal,
  onProgress: options.onProgress,
  providerSession: options.providerSession ?? context.config.providerSession,
});
