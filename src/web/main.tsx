import { render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { api } from './api.ts';
import { clock } from './clock.ts';
import type { Problem } from './client.ts';
import { openFeed, type Feed } from './feed.ts';
import { asProblem, FrameContext, type Frame, type Me } from './hooks.ts';
import { Page } from './page.tsx';
import { session, takeLoginLink } from './session.ts';
import { applyTheme, readTheme } from './theme.ts';
import { Login } from './views/login.tsx';

const SAID_MS = 4000;

/** The gate: without a good token nothing but the login is drawn. */
function Gate() {
  const [me, setMe] = useState<Me | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const leave = (why: Problem | undefined): void => {
    session.signOut();
    setProblem(why);
    setMe(undefined);
  };
  const enter = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      setMe(await api.me());
    } catch (error) {
      const failed = asProblem(error);
      if (failed.status === 401) session.signOut();
      setProblem(failed);
    }
    setBusy(false);
  };
  useEffect(() => {
    if (session.token() !== undefined) void enter();
  }, []);
  if (me !== undefined) return <Inside me={me} leave={leave} />;
  if (busy && problem === undefined) return <main id="main" aria-busy="true" />;
  return (
    <Login
      problem={problem}
      busy={busy}
      onToken={(token) => {
        session.signIn(token);
        void enter();
      }}
    />
  );
}

function Inside({ me, leave }: { me: Me; leave: Frame['leave'] }) {
  const [feed, setFeed] = useState<Feed | undefined>(undefined);
  const [said, setSaid] = useState('');
  useEffect(() => {
    const opened = openFeed();
    setFeed(opened);
    return () => {
      opened.stop();
    };
  }, [me]);
  useEffect(
    () =>
      clock.after(SAID_MS, () => {
        setSaid('');
      }),
    [said],
  );
  const frame = useMemo<Frame | undefined>(() => feed && { me, feed, leave, say: setSaid }, [feed, me]);
  if (frame === undefined) return null;
  return (
    <FrameContext.Provider value={frame}>
      <Page said={said} />
    </FrameContext.Provider>
  );
}

applyTheme(readTheme());
takeLoginLink();
// A login address that is opened in a tab which shows the page already changes the hash alone.
addEventListener('hashchange', () => {
  if (takeLoginLink()) location.reload();
});
const root = document.getElementById('root');
if (root !== null) render(<Gate />, root);
