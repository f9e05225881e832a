import { useEffect, useRef, useState } from 'preact/hooks';
import { MOST_ROWS, type RowOrder, type WorkspaceRow } from '../../api/rows.ts';
import { SYSTEM_NAME } from '../names.ts';
import { api } from '../api.ts';
import { clock } from '../clock.ts';
import { useAnswer, useFrame } from '../hooks.ts';
import { FilterBar } from '../parts/filter-bar.tsx';
import { Age, Empty, ProblemNote, Status, Waiting } from '../parts/marks.tsx';
import { Table, type Column } from '../parts/table.tsx';
import { hashOf, workspacePlace } from '../route.ts';
import { clean } from '../text.ts';
import { hasWord, phaseTone, safetyOf, SEARCH_KEYS, verbOf, withWord } from '../workspace-words.ts';

const AT_ONCE = 200;
const TYPING_MS = 200;

const COLUMNS: readonly Column<RowOrder>[] = [
  { key: 'name', head: 'Workspace' },
  { key: 'status', head: 'Status' },
  { key: 'template', head: 'Template / preset' },
  { head: 'Version', right: true, wide: true },
  { key: 'age', head: 'Age', right: true },
  { key: 'safety', head: 'A claim', wide: true },
  { head: 'Notes', wide: true },
];

/** The table of workspaces, searched and sorted by the server. */
export function Workspaces({ search, onSearch }: { search: string; onSearch: (search: string) => void }) {
  const [order, setOrder] = useState<{ key: RowOrder; reverse: boolean }>({ key: 'age', reverse: false });
  const [limit, setLimit] = useState(AT_ONCE);
  useEffect(() => {
    setLimit(AT_ONCE);
  }, [search]);
  const { value, problem } = useAnswer(
    (signal) => api.rows({ search, order: order.key, reverse: order.reverse, limit }, signal),
    [search, order.key, order.reverse, limit],
    { on: ({ workspaceId }) => workspaceId !== undefined, everyMs: 30_000 },
  );
  return (
    <>
      <div class="title">
        <h1>Workspaces</h1>
        <p class="totals" role="status">
          {value === undefined ? '' : `${value.total.toLocaleString('en')} found`}
        </p>
      </div>
      <SearchBox search={search} onSearch={onSearch} />
      {problem === undefined ? null : <ProblemNote problem={problem} />}
      {value === undefined ? (
        problem === undefined ? (
          <Waiting />
        ) : null
      ) : value.rows.length === 0 ? (
        <Empty>No workspace matches. The keys are {SEARCH_KEYS.join(', ')}; other words are looked for in the name.</Empty>
      ) : (
        <>
          <Table
            caption="Workspaces"
            columns={COLUMNS}
            order={order.key}
            reverse={order.reverse}
            onOrder={(key) => {
              setOrder({ key, reverse: key === order.key && !order.reverse });
            }}
          >
            {value.rows.map((row) => (
              <Row key={`${row.organization}/${row.owner}/${row.name}`} row={row} />
            ))}
          </Table>
          <More shown={value.rows.length} total={value.total} limit={limit} onMore={setLimit} />
        </>
      )}
    </>
  );
}

function More({ shown, total, limit, onMore }: { shown: number; total: number; limit: number; onMore: (limit: number) => void }) {
  if (shown >= total) return null;
  return (
    <p class="more">
      {limit < MOST_ROWS ? (
        <button
          type="button"
          onClick={() => {
            onMore(Math.min(MOST_ROWS, limit + AT_ONCE));
          }}
        >
          Show {Math.min(AT_ONCE, total - shown)} more
        </button>
      ) : null}{' '}
      <span class="soft">
        {shown} of {total} shown{limit < MOST_ROWS ? '' : '; search for the others'}
      </span>
    </p>
  );
}

/** The words of `list --search`. What is typed is asked for a moment later, and kept in the address. */
function SearchBox({ search, onSearch }: { search: string; onSearch: (search: string) => void }) {
  const [typed, setTyped] = useState(search);
  const asked = useRef(search);
  const ask = (words: string): void => {
    if (words === asked.current) return;
    asked.current = words;
    onSearch(words);
  };
  // A search from elsewhere replaces what is typed; the own one coming back does not, as more may be typed by then.
  useEffect(() => {
    if (search === asked.current) return;
    asked.current = search;
    setTyped(search);
  }, [search]);
  useEffect(
    () =>
      clock.after(TYPING_MS, () => {
        ask(typed);
      }),
    [typed],
  );
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        ask(typed);
      }}
    >
      <FilterBar label="Search" placeholder="owner:prebuilds status:ready template:docker" value={typed} onInput={setTyped}>
        <Chips search={search} onSearch={onSearch} />
      </FilterBar>
    </form>
  );
}

/** Words that are often looked for, as buttons. */
function Chips({ search, onSearch }: { search: string; onSearch: (search: string) => void }) {
  const { me } = useFrame();
  const words: readonly (readonly [string, string])[] = [
    ['owner:', me.person.username],
    ['owner:', SYSTEM_NAME],
    ['status:', 'ready'],
    ['status:', 'failed'],
    ['status:', 'stopped'],
  ];
  return (
    <span class="chips" role="group" aria-label="Often looked for">
      {words.map(([key, value]) => (
        <button
          key={key + value}
          type="button"
          class="chip"
          aria-pressed={hasWord(search, key + value)}
          onClick={() => {
            onSearch(withWord(search, key, hasWord(search, key + value) ? '' : value));
          }}
        >
          {key}
          {clean(value)}
        </button>
      ))}
    </span>
  );
}

function Row({ row }: { row: WorkspaceRow }) {
  const isStock = row.owner === SYSTEM_NAME;
  return (
    <tr>
      <th scope="row">
        <a class="row mono" href={hashOf(workspacePlace(row.owner, row.name))}>
          <span class="of">{clean(row.owner)}/</span>
          {clean(row.name)}
        </a>
      </th>
      <td>
        <Status
          tone={phaseTone(row.phase)}
          word={row.live === undefined ? row.phase : `${row.phase} · ${verbOf(row.live)} ${row.live.state}`}
        />
      </td>
      <td>
        {clean(row.template)}
        {row.preset === undefined ? null : <span class="soft"> / {clean(row.preset)}</span>}
      </td>
      <td class="right wide mono">{row.version}</td>
      <td class="right mono">
        <Age at={row.createdAt} />
      </td>
      <td class="wide">{isStock && row.phase === 'ready' ? <Status {...safetyOf(row)} /> : <span class="soft">–</span>}</td>
      <td class="wide notes">
        <Notes row={row} />
      </td>
    </tr>
  );
}

function Notes({ row }: { row: WorkspaceRow }) {
  if (row.lastError !== undefined && row.phase !== 'ready')
    return <span class="bad">{clean(row.lastError.split('\n', 1)[0] ?? '')}</span>;
  if (row.heldAt !== undefined) return <>held</>;
  if (row.expiresAt !== undefined) return <>ends {new Date(row.expiresAt).toLocaleString()}</>;
  return null;
}
