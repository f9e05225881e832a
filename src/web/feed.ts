import type { EventRow } from '../domain/types.ts';
import { clock } from './clock.ts';
import { follow, Problem } from './client.ts';

export type FeedState = 'connecting' | 'live' | 'lost' | 'refused';

/** Events as they are written, and whether they still come. */
export interface Feed {
  state(): FeedState;
  /** Oldest first, at most some hundreds. */
  rows(): readonly EventRow[];
  /** Since when `rows` is complete, as far as it was not cut. */
  sinceAt(): number;
  subscribe(listener: (news: readonly EventRow[]) => void): () => void;
  stop(): void;
}

const FIRST_MS = 3_600_000;
const MOST_ROWS = 500;
const DRAW_MS = 50;
const HUSH_MS = 1000;
const TRY_AGAIN_MS = [500, 1000, 2000, 5000, 10_000];

/** Follows the events of the last hour and from now on; connects again when the stream breaks, and asks for what it missed. */
export function openFeed(): Feed {
  const leaving = new AbortController();
  const listeners = new Set<(news: readonly EventRow[]) => void>();
  const sinceAt = clock.now() - FIRST_MS;
  let state: FeedState = 'connecting';
  const tell = (news: readonly EventRow[]): void => {
    for (const listener of listeners) listener(news);
  };
  const kept = keepRows(tell);
  const become = (next: FeedState): void => {
    if (state === next) return;
    state = next;
    tell([]);
  };
  void keepFollowing(kept, sinceAt, become, leaving.signal);
  return {
    state: () => state,
    rows: kept.rows,
    sinceAt: () => sinceAt,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    stop: () => {
      leaving.abort();
    },
  };
}

interface Kept {
  readonly rows: () => readonly EventRow[];
  readonly take: (row: EventRow) => void;
  /** Number of the newest one. */
  readonly last: () => number | undefined;
}

/** The newest rows, each once. Many come at once after a start: `tell` is called once for all of them. */
function keepRows(tell: (news: readonly EventRow[]) => void): Kept {
  let rows: readonly EventRow[] = [];
  let batch: EventRow[] = [];
  const last = (): number | undefined => batch.at(-1)?.seq ?? rows.at(-1)?.seq;
  return {
    rows: () => rows,
    last,
    take: (row) => {
      if (row.seq <= (last() ?? 0)) return;
      if (batch.length === 0) {
        clock.after(DRAW_MS, () => {
          const news = batch;
          batch = [];
          rows = [...rows, ...news].slice(-MOST_ROWS);
          tell(news);
        });
      }
      batch.push(row);
    },
  };
}

const isOver = (signal: AbortSignal): boolean => signal.aborted;

/** One stream after the other until the signal aborts, or the server refuses. */
async function keepFollowing(kept: Kept, sinceAt: number, become: (next: FeedState) => void, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!isOver(signal)) {
    const after = kept.last();
    // A quiet server says nothing, which is no failure: what was not refused within a moment is taken as connected.
    const stopHush = clock.after(HUSH_MS, () => {
      become('live');
    });
    try {
      await follow(
        'events.stream',
        after === undefined ? { sinceAt } : { after },
        (event, data) => {
          failures = 0;
          become('live');
          if (event === 'event') kept.take(data as EventRow);
        },
        signal,
      );
    } catch (error) {
      if (error instanceof Problem && [401, 403].includes(error.status)) {
        stopHush();
        become('refused');
        return;
      }
    }
    stopHush();
    if (isOver(signal)) return;
    become('lost');
    await clock.rest(TRY_AGAIN_MS[Math.min(failures, TRY_AGAIN_MS.length - 1)] ?? 0);
    failures += 1;
  }
}
