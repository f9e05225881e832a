import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { hashOf, parsePlace, type Place } from './route.ts';
import { useFeed, useFrame } from './hooks.ts';
import { applyTheme, nextTheme, readTheme } from './theme.ts';
import { clean } from './text.ts';
import { ClaimPage } from './views/claim.tsx';
import { Events } from './views/events.tsx';
import { Pools } from './views/pools.tsx';
import { WorkspacePage } from './views/workspace.tsx';
import { Workspaces } from './views/workspaces.tsx';

const go = (place: Place, how: 'push' | 'replace'): void => {
  const hash = hashOf(place);
  if (hash === location.hash) return;
  if (how === 'push') history.pushState(null, '', hash);
  else history.replaceState(null, '', hash);
  dispatchEvent(new HashChangeEvent('hashchange'));
};

function usePlace(): Place {
  const [place, setPlace] = useState(parsePlace(location.hash));
  useEffect(() => {
    const moved = (): void => {
      setPlace(parsePlace(location.hash));
    };
    addEventListener('hashchange', moved);
    return () => {
      removeEventListener('hashchange', moved);
    };
  }, []);
  return place;
}

/** Head, navigation and the view that the address names. */
export function Page({ said }: { said: string }) {
  const place = usePlace();
  const main = useRef<HTMLElement>(null);
  const key = place.view === 'workspace' ? `${place.owner}/${place.name}` : place.view;
  useFocusOnMove(key, main);
  useShortcut();
  return (
    <>
      <button
        type="button"
        class="skip"
        onClick={() => {
          main.current?.focus();
        }}
      >
        Skip to the content
      </button>
      <Head view={place.view} />
      <main id="main" ref={main} tabIndex={-1} key={key}>
        <View place={place} />
      </main>
      <p class="said" role="status" aria-live="polite">
        {said}
      </p>
    </>
  );
}

function View({ place }: { place: Place }) {
  switch (place.view) {
    case 'pools':
      return (
        <Pools
          filter={place.filter}
          onFilter={(filter) => {
            go({ view: 'pools', filter }, 'replace');
          }}
        />
      );
    case 'workspaces':
      return (
        <Workspaces
          search={place.search}
          onSearch={(search) => {
            go({ view: 'workspaces', search }, 'replace');
          }}
        />
      );
    case 'workspace':
      return (
        <WorkspacePage
          owner={place.owner}
          name={place.name}
          build={place.build}
          onBuild={(build) => {
            go({ ...place, build }, 'replace');
          }}
        />
      );
    case 'events':
      return <Events />;
    case 'claim':
      return (
        <ClaimPage
          template={place.template}
          preset={place.preset}
          onChange={(template, preset) => {
            go({ view: 'claim', template, preset }, 'replace');
          }}
        />
      );
  }
}

const TITLES: Readonly<Record<Place['view'], string>> = {
  pools: 'Pools',
  workspaces: 'Workspaces',
  workspace: 'Workspace',
  events: 'Events',
  claim: 'Claim',
};

/** After a move the focus is where the new content begins, and the title says where that is; before a key can be pressed on it. */
function useFocusOnMove(key: string, main: { readonly current: HTMLElement | null }): void {
  const isFirst = useRef(true);
  useLayoutEffect(() => {
    document.title = `${clean(key.includes('/') ? key : TITLES[key as Place['view']])} · prebuilds`;
    if (isFirst.current) isFirst.current = false;
    else {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }, [key]);
}

/** `/` goes to the search box of a view that has one. */
function useShortcut(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.matches('input, select, textarea')) return;
      const box = document.querySelector<HTMLInputElement>('[data-shortcut="/"]');
      if (box === null) return;
      event.preventDefault();
      box.focus();
      box.select();
    };
    addEventListener('keydown', pressed);
    return () => {
      removeEventListener('keydown', pressed);
    };
  }, []);
}

const LINKS: readonly (readonly [Place, string])[] = [
  [{ view: 'pools', filter: '' }, 'Pools'],
  [{ view: 'workspaces', search: '' }, 'Workspaces'],
  [{ view: 'events' }, 'Events'],
  [{ view: 'claim', template: '', preset: '' }, 'Claim'],
];

function Head({ view }: { view: Place['view'] }) {
  const { me, leave } = useFrame();
  const [theme, setTheme] = useState(readTheme());
  const links = me.role === 'agent-read' ? LINKS.slice(0, 1) : LINKS;
  const current = view === 'workspace' ? 'workspaces' : view;
  return (
    <header class="head">
      <a class="brand" href="#/pools">
        prebuilds
      </a>
      <nav aria-label="Views">
        {links.map(([place, word]) => (
          <a key={word} href={hashOf(place)} aria-current={place.view === current ? 'page' : undefined}>
            {word}
          </a>
        ))}
      </nav>
      <Connection />
      <span class="who">
        {clean(me.person.username)} <i>{me.role}</i>
      </span>
      <button
        type="button"
        class="quiet"
        aria-label={`Colours: ${theme}`}
        onClick={() => {
          const next = nextTheme(theme);
          applyTheme(next);
          setTheme(next);
        }}
      >
        <span aria-hidden="true">◐</span>
        {theme}
      </button>
      <button
        type="button"
        class="quiet"
        onClick={() => {
          leave(undefined);
        }}
      >
        sign out
      </button>
    </header>
  );
}

const CONNECTION = {
  connecting: { tone: 'busy', word: 'connecting' },
  live: { tone: 'good', word: 'live' },
  lost: { tone: 'bad', word: 'no connection' },
  refused: { tone: 'off', word: 'not live' },
} as const;

function Connection() {
  const { tone, word } = CONNECTION[useFeed().state()];
  return (
    <span class={`status connection ${tone}`} role="status">
      <span class="mark" aria-hidden="true" />
      {word}
    </span>
  );
}
