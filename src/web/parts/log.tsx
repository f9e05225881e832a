import { useEffect, useRef, useState } from 'preact/hooks';
import { clock } from '../clock.ts';
import { follow, type Problem } from '../client.ts';
import { asProblem } from '../hooks.ts';
import { clean } from '../text.ts';
import { ProblemNote } from './marks.tsx';

const MOST_LINES = 5000;
const DRAW_MS = 60;

interface Props {
  readonly owner: string;
  readonly name: string;
  readonly build: number;
  readonly live: boolean;
}

/** The log of a build, as it is written. Stays at its end while the reader is there. */
export function Log({ owner, name, build, live }: Props) {
  const { lines, cut, state, problem } = useLog(owner, name, build);
  const box = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isAtEnd.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return (
    <>
      {problem === undefined ? null : <ProblemNote problem={problem} />}
      <pre
        ref={box}
        class="log"
        role="log"
        aria-live="off"
        aria-label={`Log of build ${String(build)}`}
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          isAtEnd.current = scrollTop + clientHeight > scrollHeight - 24;
        }}
      >
        {cut === 0 ? null : <span class="soft">{`… ${String(cut)} earlier lines\n`}</span>}
        {lines.map((line, at) => (
          <span key={cut + at} class={toneOf(line)}>
            {line}
            {'\n'}
          </span>
        ))}
        {lines.length === 0 && state !== 'reading' ? <span class="soft">This build wrote nothing.</span> : null}
      </pre>
      <p class="soft" role="status">
        {state === 'reading' && live ? 'following' : state === 'reading' ? 'reading' : `${String(cut + lines.length)} lines`}
      </p>
    </>
  );
}

function toneOf(line: string): string {
  if (/^--- .* ---$/.test(line)) return 'head';
  if (/^error\b|failed$/i.test(line)) return 'bad';
  return /^warning\b/i.test(line) ? 'warn' : '';
}

interface Tail {
  readonly lines: readonly string[];
  /** Lines that are not kept any more. */
  readonly cut: number;
  readonly state: 'reading' | 'done' | 'broken';
  readonly problem: Problem | undefined;
}

const NOTHING: Tail = { lines: [], cut: 0, state: 'reading', problem: undefined };

function useLog(owner: string, name: string, build: number): Tail {
  const [tail, setTail] = useState<Tail>(NOTHING);
  useEffect(() => {
    const leaving = new AbortController();
    let waiting: string[] = [];
    setTail(NOTHING);
    const draw = (): void => {
      const news = waiting;
      waiting = [];
      setTail((before) => appended(before, news));
    };
    const onEvent = (event: string, data: unknown): void => {
      if (event !== 'line' || leaving.signal.aborted) return;
      if (waiting.length === 0) clock.after(DRAW_MS, draw);
      waiting.push(clean((data as { line?: string }).line ?? ''));
    };
    follow('workspaces.logs', { owner, name, build, follow: true }, onEvent, leaving.signal).then(
      () => {
        draw();
        setTail((before) => ({ ...before, state: 'done' }));
      },
      (error: unknown) => {
        if (!leaving.signal.aborted) setTail((before) => ({ ...before, state: 'broken', problem: asProblem(error) }));
      },
    );
    return () => {
      leaving.abort();
    };
  }, [owner, name, build]);
  return tail;
}

function appended(before: Tail, news: readonly string[]): Tail {
  const all = [...before.lines, ...news];
  const over = Math.max(0, all.length - MOST_LINES);
  return { ...before, lines: over === 0 ? all : all.slice(over), cut: before.cut + over };
}
