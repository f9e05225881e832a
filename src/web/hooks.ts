import { createContext } from 'preact';
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { EventRow, Person } from '../domain/types.ts';
import { clock } from './clock.ts';
import { Problem } from './client.ts';
import type { Feed } from './feed.ts';

/** Whose page it is. */
export interface Me {
  readonly person: Person;
  readonly role: 'admin' | 'member' | 'agent-read';
}

/** What every view needs. */
export interface Frame {
  readonly me: Me;
  readonly feed: Feed;
  /** The token is not good any more. */
  readonly leave: (problem: Problem | undefined) => void;
  /** Says something to everybody, screen readers too. */
  readonly say: (text: string) => void;
}

export const FrameContext = createContext<Frame | undefined>(undefined);

export function useFrame(): Frame {
  const frame = useContext(FrameContext);
  if (frame === undefined) throw new Error('a view is drawn inside the frame');
  return frame;
}

/** The clock, read again every `everyMs`: ages go on while nothing happens. */
export function useNow(everyMs = 5000): number {
  const [now, setNow] = useState(clock.now());
  useEffect(
    () =>
      clock.after(everyMs, () => {
        setNow(clock.now());
      }),
    [now, everyMs],
  );
  return now;
}

export interface Loaded<T> {
  readonly value: T | undefined;
  /** Of the last try; the value of an earlier one stays. */
  readonly problem: Problem | undefined;
  readonly reload: () => void;
}

interface LoadOptions {
  /** Events that make the answer old. */
  readonly on?: ((event: EventRow) => boolean) | undefined;
  readonly everyMs?: number | undefined;
}

/** Least time from an event to the question that it gives rise to. */
const CALM_MS = 300;
/** A server that takes long is asked seldom: many pages look at it. */
const REST = 5;
const LONGEST_REST_MS = 30_000;

type Answered<T> = Omit<Loaded<T>, 'reload'> & { readonly rounds: number };

/** Where a question stands; not drawn. */
interface Asking {
  now: boolean;
  /** Something happened since it was asked. */
  stale: boolean;
  tookMs: number;
}

/** An answer of the server that is kept fresh: asked again on events, after a time, and when the page is looked at again. */
export function useAnswer<T>(
  load: (signal: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
  options: LoadOptions = {},
): Loaded<T> {
  const { leave } = useFrame();
  const [answer, setAnswer] = useState<Answered<T>>({ value: undefined, problem: undefined, rounds: 0 });
  const [round, setRound] = useState(0);
  const asking = useRef<Asking>({ now: false, stale: false, tookMs: 0 });
  // An answer that takes longer than news come is waited for, not asked for anew each time.
  const reload = useCallback(() => {
    if (asking.current.now) asking.current.stale = true;
    else setRound((n) => n + 1);
  }, []);
  useEffect(() => {
    const leaving = new AbortController();
    const startedAt = clock.now();
    asking.current.now = true;
    asking.current.stale = false;
    const settle = (next: (before: Answered<T>) => Omit<Answered<T>, 'rounds'>): void => {
      if (leaving.signal.aborted) return;
      asking.current.now = false;
      asking.current.tookMs = clock.now() - startedAt;
      setAnswer((before) => ({ ...next(before), rounds: before.rounds + 1 }));
    };
    load(leaving.signal).then(
      (value) => {
        settle(() => ({ value, problem: undefined }));
      },
      (error: unknown) => {
        const problem = asProblem(error);
        if (problem.status === 401 && !leaving.signal.aborted) leave(problem);
        else settle(({ value }) => ({ value, problem }));
      },
    );
    return () => {
      leaving.abort();
    };
  }, [round, ...inputs]);
  useFresh(reload, answer.rounds, asking.current, options);
  return { value: answer.value, problem: answer.problem, reload };
}

/** Calls `reload` a moment after an event that matters, after a time, and when the page is looked at again; not while nobody looks. */
function useFresh(reload: () => void, rounds: number, asking: Asking, options: LoadOptions): void {
  const { feed } = useFrame();
  const latest = useRef(options);
  latest.current = options;
  useEffect(() => {
    let isDue = false;
    let stopTimer = (): void => undefined;
    const soon = (ms: number): void => {
      stopTimer();
      stopTimer = clock.after(ms, () => {
        isDue = document.visibilityState !== 'visible';
        if (!isDue) reload();
      });
    };
    const calmMs = Math.min(LONGEST_REST_MS, Math.max(CALM_MS, asking.tookMs * REST));
    const seen = (): void => {
      if (isDue) soon(0);
    };
    let isNear = asking.stale;
    soon(isNear ? calmMs : (options.everyMs ?? 15_000));
    const off = feed.subscribe((news) => {
      if (isNear || !news.some((event) => latest.current.on?.(event) ?? false)) return;
      if (asking.now) {
        asking.stale = true;
        return;
      }
      isNear = true;
      soon(calmMs);
    });
    document.addEventListener('visibilitychange', seen);
    return () => {
      stopTimer();
      off();
      document.removeEventListener('visibilitychange', seen);
    };
  }, [feed, reload, rounds]);
}

/** What was thrown, as something to show. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, { message: 'the server does not answer', hint: 'the page tries again by itself' });
}

/** Draws again when events come. */
export function useFeed(): Feed {
  const { feed } = useFrame();
  const [, setCount] = useState(0);
  useEffect(
    () =>
      feed.subscribe(() => {
        setCount((n) => n + 1);
      }),
    [feed],
  );
  return feed;
}
