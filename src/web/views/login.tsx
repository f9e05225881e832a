import { useEffect, useId, useRef } from 'preact/hooks';
import type { Problem } from '../client.ts';
import { ProblemNote } from '../parts/marks.tsx';

/** Asks for the token, once per tab. */
export function Login({
  problem,
  busy,
  onToken,
}: {
  problem: Problem | undefined;
  busy: boolean;
  onToken: (token: string) => void;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
  }, [problem]);
  return (
    <main class="login" id="main">
      <h1>prebuilds</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const token = input.current?.value.trim() ?? '';
          if (token !== '') onToken(token);
        }}
      >
        <label for={id}>Token</label>
        <input
          ref={input}
          id={id}
          class="mono"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-describedby={`${id}-help`}
        />
        <button type="submit" class="primary" disabled={busy}>
          Sign in
        </button>
        <p id={`${id}-help`} class="soft">
          An administrator makes one on the host of the server with <code>prebuilds token create</code>. It is kept until this tab
          is closed.
        </p>
      </form>
      {problem === undefined ? null : <ProblemNote problem={problem} />}
    </main>
  );
}
