import type { Clock } from '../../kit/clock.ts';
import { HttpError } from '../http/errors.ts';

/** How soon a stream without an end notices that its token opens nothing any more, in milliseconds. */
const LOOK_MS = 5000;

/** The refusal, once the token of a request is revoked or expired; undefined when `signal` aborts before that. */
export async function untilRefused(
  clock: Clock,
  authenticate: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<HttpError | undefined> {
  for (;;) {
    await clock.sleep(LOOK_MS, signal);
    if (signal.aborted) return undefined;
    try {
      await authenticate();
    } catch (error) {
      // A store that does not answer says nothing about the token.
      if (error instanceof HttpError) return error;
    }
  }
}
