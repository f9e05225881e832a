import type { PoolStatus } from '../../app/api.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { poolJson } from '../render/json.ts';
import { clean, poolName, sections } from '../render/text.ts';
import { nextChange, seconds, until } from '../render/time.ts';

const right = true;
const COLUMNS = [
  { head: 'POOL' },
  { head: 'DESIRED', right },
  { head: 'RUNNING', right },
  { head: 'ELIGIBLE', right },
  { head: 'BUILDING', right },
  { head: 'DELETING', right },
  { head: 'FAILED', right },
  { head: 'EXPIRED', right },
  { head: 'HELD', right },
  { head: 'HITS', right },
  { head: 'P50', right },
  { head: 'P95', right },
  { head: 'NEXT CHANGE' },
  { head: 'STATE' },
];

/** `status [POOL]`. */
export const status: Handler = async (context, [pool]) => {
  const app = await context.app();
  const [pools, paused] = await Promise.all([app.pools.status(pool), app.pools.isPaused()]);
  context.answer({ paused, pools: pools.map(poolJson) }, () =>
    sections(
      paused ? 'Paused: nothing is created, deleted or expired; `prebuilds resume` goes on' : '',
      context.table(
        COLUMNS,
        pools.map((one) => row(context, one)),
      ),
      pools.flatMap((one) => trouble(one)).join('\n'),
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
    some(pool.held),
    optional(pool.hitRate, (rate) => `${String(Math.round(rate * 100))}% of ${String(pool.claims)}`),
    optional(pool.p50ClaimMs, (ms) => `${seconds(ms)}s`),
    optional(pool.p95ClaimMs, (ms) => `${seconds(ms)}s`),
    nextChange(context.now, pool.nextChange),
    stateOf(context, pool),
  ];
}

function stateOf(context: Context, pool: PoolStatus): string {
  if (pool.paused) return 'paused';
  if (pool.breaker === 'closed') return '';
  if (pool.breaker === 'open') return `hard limited after ${String(pool.failures)} failures`;
  const next = pool.nextTryAt === undefined ? '' : `, next try ${until(context.now, pool.nextTryAt)}`;
  return `${pool.breaker.replaceAll('_', ' ')}${next}`;
}

function trouble(pool: PoolStatus): string[] {
  if (pool.lastError === undefined || pool.breaker === 'closed') return [];
  const way = pool.breaker === 'open' ? ` (after the repair: prebuilds retry ${JSON.stringify(poolName(pool))})` : '';
  return [clean(`${poolName(pool)}: last error: ${pool.lastError}${way}`)];
}
