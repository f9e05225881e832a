import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { clock } from '../clock.ts';
import type { Problem } from '../client.ts';
import { age, isoTime } from '../format.ts';
import { useFrame, useNow } from '../hooks.ts';
import type { Tone } from '../pool-words.ts';
import { clean } from '../text.ts';

/** A coloured mark and its word. */
export const Status = ({ tone, word }: { tone: Tone; word: string }) => (
  <span class={`status ${tone}`}>
    <span class="mark" aria-hidden="true" />
    {clean(word)}
  </span>
);

/** An instant as an age that goes on; the exact time is its title. */
export function Age({ at, suffix = '' }: { at: number; suffix?: string }) {
  const now = useNow(at > clock.now() - 60_000 ? 1000 : 15_000);
  return (
    <time dateTime={isoTime(at)} title={isoTime(at)}>
      {age(now, at)}
      {suffix}
    </time>
  );
}

/** An error of the server: what happened and what to do next. */
export const ProblemNote = ({ problem }: { problem: Problem }) => (
  <div class="note bad" role="alert">
    <strong>{clean(problem.message)}</strong>
    {problem.hint === undefined ? null : <span class="hint">{clean(problem.hint)}</span>}
  </div>
);

/** A place that has nothing to show yet, and why. */
export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>;

/** What a view says until its first answer is there. */
export const Waiting = () => (
  <p class="empty" aria-busy="true">
    Loading…
  </p>
);

/** A command or a name to take along. */
export function Copyable({ text, label }: { text: string; label: string }) {
  const { say } = useFrame();
  const [done, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      say('Copied');
      clock.after(1500, () => {
        setDone(false);
      });
    } catch {
      say('The browser did not allow copying');
    }
  };
  return (
    <span class="copyable">
      <code>{clean(text)}</code>
      <button type="button" class="quiet" aria-label={label} onClick={() => void copy()}>
        {done ? 'copied' : 'copy'}
      </button>
    </span>
  );
}

/** Names and values in two columns; entries without a value are left out. */
export const Facts = ({ of }: { of: readonly (readonly [string, ComponentChildren])[] }) => (
  <dl class="facts">
    {of.map(([name, value]) =>
      value === undefined || value === '' || value === false ? null : (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ),
    )}
  </dl>
);
