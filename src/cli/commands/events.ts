import type { EventRow } from '../../domain/types.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { eventJson, jsonLine } from '../render/json.ts';
import { clean } from '../render/text.ts';
import { stamp } from '../render/time.ts';

const POLL_MS = 500;

/** `events [-f] [--since D]`; with `--json` a list, or one document per line with -f. */
export const events: Handler = async (context, _args, options) => {
  const app = await context.app();
  const since = options.number('since');
  const sinceAt = since === undefined ? undefined : context.now - since;
  const first = await app.audit.events({ sinceAt });
  if (!options.flag('follow')) {
    context.answer(first.map(eventJson), () => first.map(line).join('\n'));
    if (first.length === 0) context.note(since === undefined ? 'no events' : 'no events in this time');
    return undefined;
  }
  let after = print(context, first, 0);
  while (!context.signal.aborted) {
    await context.outside.clock.sleep(POLL_MS, context.signal);
    after = print(context, await app.audit.events({ after, sinceAt }), after);
  }
  return 130;
};

/** Prints the events and gives the number to go on from. */
function print(context: Context, rows: readonly EventRow[], after: number): number {
  for (const row of rows) context.outside.io.out(`${context.globals.json ? jsonLine(eventJson(row)) : line(row)}\n`);
  return rows.at(-1)?.seq ?? after;
}

/** `2026-01-02 03:04:05  claim_served  docker/large  alice/api  reason (alice)`. */
function line(event: EventRow): string {
  const pool = [event.template, event.preset].filter((part) => part !== undefined).join('/');
  const by = event.actor === undefined ? '' : ` (${event.actor})`;
  const parts = [stamp(event.at), event.kind, pool, event.workspaceName ?? '', `${event.reason}${by}`];
  return clean(parts.filter((part) => part !== '').join('  '));
}
