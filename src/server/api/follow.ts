import type { App } from '../../api/app.ts';
import { showsEvent } from './roles.ts';
import type { Live } from './route.ts';

/** Events read at once. */
const PAGE = 1000;

/**
 * Sends events as they are written, by this process or another, until the client leaves. What the caller may not see is read too, so that nothing
 * is read twice.
 */
export async function followEvents(
  app: App,
  from: { readonly after?: number | undefined; readonly sinceAt?: number | undefined },
  { caller, emit, taken, signal, news, whole }: Live,
): Promise<null> {
  // Refused here when the role may not look at events.
  await app.audit.events({ after: Number.MAX_SAFE_INTEGER, limit: 1 });
  const written = news();
  let after = from.after;
  await written.take();
  while (!signal.aborted) {
    const rows = await whole.audit.events({ after, sinceAt: from.sinceAt, limit: PAGE });
    for (const row of rows) if (showsEvent(caller, row)) emit('event', row, row.seq);
    after = rows.at(-1)?.seq ?? after;
    // A long history is sent as fast as it is read, and nobody else waits for it.
    if (rows.length < PAGE) await written.next(0, signal);
    else await taken();
  }
  return null;
}
