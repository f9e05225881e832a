import type { PoolStatus } from '../../api/app.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { poolJson, suspectJson, sweepSummaryJson } from '../render/json.ts';
import { PROVES_LITTLE } from '../render/safety.ts';
import { suspectsLine, sweepLine } from '../render/sweep.ts';
import { clean, organizationCells, poolName, sections } from '../render/text.ts';
import { age, nextChange, seconds, until } from '../render/time.ts';

const right = true;
const COLUMNS = [
  { head: 'ORGANIZATION' },
  { head: 'POOL' },
  { head: 'DESIRED', right },
  { head: 'RUNNING', right },
  { head: 'ELIGIBLE', right },
  { head: 'BUILDING', right },
  { head: 'DELETING', right },
  { head: 'FAILED', right },
  { head: 'EXPIRED', right },
  { head: 'STALE', right },
  { head: 'HELD', right },
  { head: 'CLAIMED', right },
  { head: 'WAITING', right },
  { head: 'SAFE', right, spare: 2 },
  { head: 'UNSAFE', right, spare: 1 },
  { head: 'HITS', right, spare: 3 },
  { head: 'P50', right, spare: 4 },
  { head: 'P95', right, spare: 5 },
  { head: 'NEXT CHANGE' },
  { head: 'STATE' },
];

/** `status [POOL]`. */
export const status: Handler = async (context, [pool]) => {
  const app = await context.app();
  const [pools, paused, sweeps, suspects] = await Promise.all([
    app.pools.status(pool),
    app.pools.isPaused(),
    app.sweeps.last(),
    app.sweeps.suspects(),
  ]);
  const organization = organizationCells(pools);
  const answer = {
    paused,
    pools: pools.map(poolJson),
    sweeps: sweeps.map(sweepSummaryJson),
    suspects: suspects.map(suspectJson),
  };
  context.answer(answer, () =>
    sections(
      paused ? 'Paused: nothing is created, deleted or expired; `prebuilds resume` goes on' : '',
      context.table(
        COLUMNS,
        pools.map((one) => [organization(one.organization), ...row(context, one)]),
      ),
      pools.flatMap((one) => [...trouble(one), ...reminders(context, one)]).join('\n'),
      sections(sweeps.map((one) => sweepLine(context, one)).join('\n'), suspectsLine(suspects)),
    ),
  );
  if (pools.length === 0) context.note('no pools; push a template whose preset has a `prebuilds` block');
  return undefined;
};

/** Zero is left empty where it is the rule, so that what matters stands out; a column empty in every row is not shown. */
const some = (n: number): string => (n === 0 ? '' : String(n));

const optional = <T>(value: T | undefined, show: (value: T) => string): string => (value === undefined ? '' : show(value));

function row(context: Context, pool: PoolStatus): string[] {
  return [
    poolName(pool),
    String(pool.desired),
    String(pool.running),
    String(pool.eligible),
    some(pool.building),
    some(pool.deleting),
    some(pool.failed),
    some(pool.expired),
    some(pool.stale),
    some(pool.held),
    pool.maxSize === undefined ? '' : `${String(pool.claimed)} (max ${String(pool.maxSize)})`,
    some(pool.waiting),
    some(pool.safe),
    some(pool.unsafe),
    optional(pool.hitRate, (rate) => `${String(Math.round(rate * 100))}% of ${String(pool.claims)}`),
    optional(pool.p50ClaimMs, (ms) => `${seconds(ms)}s`),
    optional(pool.p95ClaimMs, (ms) => `${seconds(ms)}s`),
    nextChange(context.now, pool.nextChange),
    stateOf(context, pool),
  ];
}

function stateOf(context: Context, pool: PoolStatus): string {
  if (pool.paused) return 'paused';
  if (pool.draining) return 'draining';
  if (pool.breaker === 'closed' && pool.degraded) return 'degraded: a claim would rebuild stock, and on_replace refuses it';
  if (pool.breaker === 'closed') return pool.hindrance === undefined ? '' : pool.hindrance.code.replaceAll('_', ' ');
  if (pool.breaker === 'open') {
    const next = pool.hindrance?.untilAt === undefined ? '' : `, one try ${until(context.now, pool.hindrance.untilAt)}`;
    return `hard limited after ${String(pool.failures)} failures${next}`;
  }
  const next = pool.nextTryAt === undefined ? '' : `, next try ${until(context.now, pool.nextTryAt)}`;
  return `${pool.breaker.replaceAll('_', ' ')}${next}`;
}

/** What is held by hand is easily forgotten. */
function reminders(context: Context, pool: PoolStatus): string[] {
  return pool.heldPrebuilds.map(({ name, heldAt, heldBy, reason }) => {
    const by = heldBy === undefined ? '' : ` by ${heldBy}`;
    const why = reason === undefined ? '' : `: ${reason}`;
    return clean(`${poolName(pool)}: ${name} is held for ${age(context.now, heldAt)}${by}${why} (prebuilds unhold ${name})`);
  });
}

function trouble(pool: PoolStatus): string[] {
  return [...unsafe(pool), ...lastError(pool)];
}

function unsafe(pool: PoolStatus): string[] {
  if (pool.unsafeReason === undefined) return [];
  const what = pool.degraded ? 'is not claimable, since' : 'would be rebuilt by a claim, since';
  const way = pool.degraded ? '; mend the template, or set on_replace: allow' : '';
  return [clean(`${poolName(pool)}: stock ${what} ${pool.unsafeReason} (${PROVES_LITTLE})${way}`)];
}

function lastError(pool: PoolStatus): string[] {
  if (pool.lastError === undefined || pool.breaker === 'closed') return [];
  const way = pool.breaker === 'open' ? ` (after the repair: prebuilds retry ${JSON.stringify(poolName(pool))})` : '';
  return [clean(`${poolName(pool)}: last error: ${pool.lastError}${way}`)];
}
