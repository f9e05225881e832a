import { useState } from 'preact/hooks';
import { ANY_OWNER } from '../../api/paths.ts';
import type { EventRow } from '../../domain/types.ts';
import { api } from '../api.ts';
import { clock } from '../clock.ts';
import { clockTime, isoTime, shortTime } from '../format.ts';
import { asProblem, useFeed, useFrame } from '../hooks.ts';
import { FilterBar } from '../parts/filter-bar.tsx';
import { Empty } from '../parts/marks.tsx';
import { Table } from '../parts/table.tsx';
import { hashOf, workspacePlace } from '../route.ts';
import { clean } from '../text.ts';

const DAY_MS = 86_400_000;
const MOST = 400;
/** Of every table of events. */
export const EVENT_COLUMNS = [
  { head: 'Time' },
  { head: 'Event' },
  { head: 'What' },
  { head: 'Why' },
  { head: 'Who', wide: true },
];

const wordsOf = ({ kind, template, preset, workspaceName, actor, reason }: EventRow): string =>
  [kind, template, preset, workspaceName, actor, reason].join(' ').toLowerCase();

/** What happens, as it happens, newest first. */
export function Events() {
  const [filter, setFilter] = useState('');
  const { rows, since, hold, showDay } = useRows();
  const wanted = filter.toLowerCase().split(/\s+/);
  const found = rows.filter((row) => wanted.every((word) => wordsOf(row).includes(word)));
  // A prebuild gets another name when it is claimed: links go to the newest.
  const names = new Map(rows.map((row) => [row.workspaceId, row.workspaceName]));
  return (
    <>
      <div class="title">
        <h1>Events</h1>
        <p class="totals">
          since {shortTime(since, clock.now())}, {found.length} {filter === '' ? 'in all' : 'found'}
        </p>
        <button type="button" aria-pressed={hold.on} onClick={hold.toggle}>
          Hold still
        </button>
        <button type="button" disabled={showDay === undefined} onClick={showDay}>
          Last 24 h
        </button>
      </div>
      <FilterBar label="Filter" placeholder="claim docker anna" value={filter} onInput={setFilter} />
      {found.length === 0 ? (
        <Empty>{rows.length === 0 ? 'Nothing has happened yet.' : 'No event matches the filter.'}</Empty>
      ) : (
        <Table caption="Events, newest first" columns={EVENT_COLUMNS} stack>
          {found
            .slice(-MOST)
            .reverse()
            .map((row) => (
              <EventLine key={row.seq} row={row} nameNow={names.get(row.workspaceId ?? '')} />
            ))}
        </Table>
      )}
      {found.length <= MOST ? null : (
        <p class="more soft">
          The newest {MOST} of {found.length} are shown.
        </p>
      )}
    </>
  );
}

interface Rows {
  readonly rows: readonly EventRow[];
  readonly since: number;
  readonly hold: { readonly on: boolean; readonly toggle: () => void };
  /** undefined = they are shown already. */
  readonly showDay: (() => void) | undefined;
}

/** The events of the feed, and older ones when asked for; held still, they stay as they are. */
function useRows(): Rows {
  const feed = useFeed();
  const { say } = useFrame();
  const [held, setHeld] = useState<readonly EventRow[] | undefined>(undefined);
  const [older, setOlder] = useState<{ from: number; rows: readonly EventRow[] } | undefined>(undefined);
  const rows = held ?? merge(older?.rows ?? [], feed.rows());
  const showDay = async (): Promise<void> => {
    const from = clock.now() - DAY_MS;
    try {
      setOlder({ from, rows: await api.events(from) });
    } catch (error) {
      say(asProblem(error).message);
    }
  };
  return {
    rows,
    since: older?.from ?? feed.sinceAt(),
    hold: {
      on: held !== undefined,
      toggle: () => {
        setHeld(held === undefined ? rows : undefined);
      },
    },
    showDay: older === undefined ? () => void showDay() : undefined,
  };
}

/** The older ones, then those of the feed, each once. */
function merge(older: readonly EventRow[], live: readonly EventRow[]): readonly EventRow[] {
  const first = live[0]?.seq ?? Infinity;
  return [...older.filter(({ seq }) => seq < first), ...live];
}

/** One event as a row; a young one is marked for a moment. It links to its workspace under the name that it has now, if there is one. */
export function EventLine({ row, nameNow }: { row: EventRow; nameNow: string | undefined }) {
  const [group, rest] = splitKind(row.kind);
  return (
    <tr class={clock.now() - row.at < 3000 ? 'young' : ''}>
      <td class="mono nowrap">
        <time dateTime={isoTime(row.at)} title={isoTime(row.at)}>
          {clockTime(row.at)}
        </time>
      </td>
      <td class="mono nowrap">
        <span class="of">{group}</span>
        {rest}
      </td>
      <td class="mono">
        <Subject row={row} nameNow={nameNow} />
      </td>
      <td class="why">{clean(row.reason)}</td>
      <td class="wide mono">{row.actor === undefined ? '' : clean(row.actor)}</td>
    </tr>
  );
}

function splitKind(kind: string): readonly [string, string] {
  const at = kind.indexOf('.');
  return at < 0 ? ['', clean(kind)] : [clean(kind.slice(0, at + 1)), clean(kind.slice(at + 1))];
}

function Subject({ row, nameNow }: { row: EventRow; nameNow: string | undefined }) {
  const { workspaceName: name } = row;
  // Events name no owner: the server finds the one workspace of this name.
  if (name !== undefined && nameNow !== undefined) return <a href={hashOf(workspacePlace(ANY_OWNER, nameNow))}>{clean(name)}</a>;
  const pool = [row.template, row.preset].filter((part) => part !== undefined).join('/');
  return <>{clean(name ?? pool)}</>;
}
