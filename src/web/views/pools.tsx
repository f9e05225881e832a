import { useId, useState } from 'preact/hooks';
import type { Answer, PoolHistory, PoolSeries, PoolStatus } from '../../api/app.ts';
import { api } from '../api.ts';
import { ChartTable, PoolChart } from '../chart/pool-chart.tsx';
import { inTime, shortTime } from '../format.ts';
import { asProblem, useAnswer, useFrame, useNow } from '../hooks.ts';
import { FilterBar } from '../parts/filter-bar.tsx';
import { Empty, ProblemNote, Status, Waiting } from '../parts/marks.tsx';
import {
  byUrgency,
  claimTimeWords,
  hitWords,
  matchesPool,
  nextChangeWords,
  oddCounts,
  poolState,
  totalsOf,
  type Tone,
} from '../pool-words.ts';
import { hashOf } from '../route.ts';
import { clean, counted, poolName } from '../text.ts';

const HOURS = 24;
const AT_ONCE = 50;

interface Shown {
  readonly pool: PoolStatus;
  readonly name: string;
  readonly why: Answer | undefined;
  readonly tone: Tone;
  readonly word: string;
  readonly series: PoolSeries | undefined;
}

/** All pools: how large they should be and are, over the last day, and what keeps them from it. */
export function Pools({ filter, onFilter }: { filter: string; onFilter: (filter: string) => void }) {
  const pools = useAnswer((signal) => Promise.all([api.pools(signal), api.why(undefined, signal), api.paused(signal)]), [], {
    on: () => true,
  });
  const history = useAnswer((signal) => api.history(HOURS, signal), [], {
    everyMs: 60_000,
    on: ({ kind }) => POOL_EVENT.test(kind),
  });
  const [most, setMost] = useState(AT_ONCE);
  const { value, problem, reload } = pools;
  if (value === undefined) return problem === undefined ? <Waiting /> : <ProblemNote problem={problem} />;
  const [statuses, answers, paused] = value;
  const all = byUrgency(shownOf(statuses, answers, history.value));
  const found = all.filter(({ name, word }) => matchesPool(filter, name, word));
  return (
    <>
      <Top pools={statuses} paused={paused} filter={filter} onFilter={onFilter} onChange={reload} />
      {problem === undefined ? null : <ProblemNote problem={problem} />}
      {found.slice(0, most).map((one) => (
        <Pool key={`${one.pool.organization}/${one.name}`} shown={one} history={history.value} onChange={reload} />
      ))}
      {found.length === 0 ? <Empty>{all.length === 0 ? NO_POOLS : 'No pool matches the filter.'}</Empty> : null}
      {found.length <= most ? null : (
        <p class="more">
          <button
            type="button"
            onClick={() => {
              setMost(most + AT_ONCE);
            }}
          >
            Show {Math.min(AT_ONCE, found.length - most)} more of {found.length}
          </button>
        </p>
      )}
    </>
  );
}

const NO_POOLS = (
  <>
    There are no pools yet. <code>prebuilds template push DIR</code> adds a template; each preset with <code>prebuilds</code> is a
    pool.
  </>
);
/** Events after which a pool has another size. */
const POOL_EVENT = /^(prebuild|workspace|claim|pool|version|template)/;

function shownOf(pools: readonly PoolStatus[], answers: readonly Answer[], history: PoolHistory | undefined): readonly Shown[] {
  const key = (organization: string, name: string): string => `${organization}\n${name}`;
  const series = new Map(history?.pools.map((one) => [key(one.organization, poolName(one)), one]));
  const why = new Map(answers.filter(({ kind }) => kind === 'pool').map((one) => [clean(one.name), one]));
  return pools.map((pool) => {
    const name = poolName(pool);
    const answer = why.get(name);
    return { pool, name, why: answer, ...poolState(pool, answer), series: series.get(key(pool.organization, name)) };
  });
}

interface TopProps {
  readonly pools: readonly PoolStatus[];
  readonly paused: boolean;
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
  readonly onChange: () => void;
}

function Top({ pools, paused, filter, onFilter, onChange }: TopProps) {
  const totals = totalsOf(pools);
  return (
    <>
      <div class="title">
        <h1>Pools</h1>
        <p class="totals">
          <b class="big">
            {totals.eligible}
            <i>/{totals.desired}</i>
          </b>{' '}
          ready in {counted(totals.pools, 'pool')}, {totals.building} building, {totals.claimed} claimed
          {totals.failed === 0 ? null : <span class="bad"> · {totals.failed} failed</span>}
          {totals.held === 0 ? null : ` · ${String(totals.held)} held`}
          {totals.waiting === 0 ? null : ` · ${counted(totals.waiting, 'claim')} in line`}
        </p>
        <PauseAll paused={paused} onChange={onChange} />
      </div>
      {paused ? (
        <p class="note warn" role="status">
          <strong>Everything is paused.</strong> Nothing is created, deleted or expired; claims work.
        </p>
      ) : null}
      <FilterBar label="Filter" placeholder="name or state, such as docker full" value={filter} onInput={onFilter}>
        <Legend />
      </FilterBar>
    </>
  );
}

const Legend = () => (
  <ul class="legend" aria-label="Colours of the charts">
    <li>
      <span class="key eligible" aria-hidden="true" /> eligible
    </li>
    <li>
      <span class="key running" aria-hidden="true" /> running, not eligible
    </li>
    <li>
      <span class="key building" aria-hidden="true" /> building
    </li>
    <li>
      <span class="key desired" aria-hidden="true" /> desired
    </li>
  </ul>
);

function PauseAll({ paused, onChange }: { paused: boolean; onChange: () => void }) {
  const act = useAct(onChange);
  if (useFrame().me.role !== 'admin') return null;
  return (
    <button type="button" onClick={() => void act(() => api.pause(!paused), paused ? 'Resumed' : 'Paused')}>
      {paused ? 'Resume all' : 'Pause all'}
    </button>
  );
}

/** Does something, says so, and shows the new state; what fails is said too. */
function useAct(onChange: () => void): (work: () => Promise<unknown>, done: string) => Promise<void> {
  const { say } = useFrame();
  return async (work, done) => {
    try {
      await work();
      say(done);
    } catch (error) {
      say(asProblem(error).message);
    }
    onChange();
  };
}

function Pool({ shown, history, onChange }: { shown: Shown; history: PoolHistory | undefined; onChange: () => void }) {
  const { pool, name, tone, word, series } = shown;
  const now = useNow(15_000);
  const id = useId();
  const search = [`template:${pool.template}`, `preset:${pool.preset}`]
    .map((one) => (/\s/.test(one) ? `"${one}"` : one))
    .join(' ');
  return (
    <article class={`pool ${tone}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>
          <a href={hashOf({ view: 'workspaces', search })}>
            <span class="of">{clean(pool.template)}/</span>
            {clean(pool.preset)}
          </a>
        </h2>
        <Status tone={tone} word={word} />
        <Reason shown={shown} now={now} />
      </header>
      {series === undefined || history === undefined ? (
        <p class="chart none">{history === undefined ? '' : 'no history yet'}</p>
      ) : (
        <PoolChart series={series} from={history.from} stepMs={history.stepMs} hours={HOURS} now={now} />
      )}
      <Figures pool={pool} now={now} />
      <footer>
        <a class="button" href={hashOf({ view: 'claim', template: pool.template, preset: pool.preset })}>
          Claim<span class="sr-only"> from {name}</span>
        </a>
        <Verbs pool={pool} name={name} onChange={onChange} />
        {series === undefined || history === undefined ? null : (
          <ChartTable series={series} from={history.from} stepMs={history.stepMs} now={now} name={name} />
        )}
      </footer>
    </article>
  );
}

/** Why the pool is as it is, and what to do; nothing where all is well. */
function Reason({ shown: { pool, why, tone }, now }: { shown: Shown; now: number }) {
  const odd = oddCounts(pool);
  const quiet = tone === 'good' && pool.unsafe === 0;
  return (
    <>
      {quiet || why === undefined ? null : (
        <p class="reason">
          {clean(why.text)}
          {why.untilAt === undefined ? null : (
            <span class="soft">
              {' '}
              · until {shortTime(why.untilAt, now)}, {inTime(now, why.untilAt)}
            </span>
          )}
        </p>
      )}
      {quiet || why?.next === undefined ? null : <p class="next">{clean(why.next)}</p>}
      {pool.unsafe === 0 ? null : (
        <p class="reason warn">
          {pool.unsafe} would be rebuilt by a claim{pool.unsafeReason === undefined ? '' : `: ${clean(pool.unsafeReason)}`}
        </p>
      )}
      {odd.length === 0 ? null : <p class="odd">{odd.join(' · ')}</p>}
    </>
  );
}

const Figures = ({ pool, now }: { pool: PoolStatus; now: number }) => (
  <dl class="figures">
    <div class="lead">
      <dt>eligible</dt>
      <dd>
        {pool.eligible}
        <i>/{pool.desired}</i>
      </dd>
    </div>
    <div>
      <dt>running</dt>
      <dd>{pool.running}</dd>
    </div>
    <div>
      <dt>building</dt>
      <dd>{pool.building}</dd>
    </div>
    <div>
      <dt>claimed</dt>
      <dd>
        {pool.claimed}
        {pool.maxSize === undefined ? null : <i> max {pool.maxSize}</i>}
      </dd>
    </div>
    <div>
      <dt>served warm</dt>
      <dd>{hitWords(pool)}</dd>
    </div>
    <div>
      <dt>p50 / p95</dt>
      <dd>{claimTimeWords(pool)}</dd>
    </div>
    <div>
      <dt>next size</dt>
      <dd>{nextChangeWords(pool, now)}</dd>
    </div>
  </dl>
);

function Verbs({ pool, name, onChange }: { pool: PoolStatus; name: string; onChange: () => void }) {
  const act = useAct(onChange);
  if (useFrame().me.role !== 'admin') return null;
  const target = `${pool.template}/${pool.preset}`;
  const stopped = pool.paused || pool.draining;
  return (
    <>
      <button
        type="button"
        class="quiet"
        onClick={() => void act(() => api.pause(!stopped, target), stopped ? `Resumed ${name}` : `Paused ${name}`)}
      >
        {stopped ? 'resume' : 'pause'}
        <span class="sr-only"> {name}</span>
      </button>
      {pool.breaker === 'closed' ? null : (
        <button type="button" class="quiet" onClick={() => void act(() => api.retry(target), `${name} tries again`)}>
          retry<span class="sr-only"> {name}</span>
        </button>
      )}
    </>
  );
}
