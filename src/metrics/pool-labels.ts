import type { Labels, PoolCount } from '../domain/measurements.ts';
import type { MetricFacts, PoolFacts } from './facts.ts';

/** The organisation of what was counted before there were several. */
export const ORGANIZATION = 'default';

/** Coder's labels of a pool (Coder 7.1). */
export const POOL_LABELS = ['template_name', 'preset_name', 'organization_name'] as const;

export const labelsOf = (pool: Pick<PoolFacts, 'organization' | 'template' | 'preset'>): Labels => ({
  template_name: pool.template,
  preset_name: pool.preset,
  organization_name: pool.organization,
});

/** One row per pool; undefined = no row. */
export const perPool =
  (value: (pool: PoolFacts) => number | undefined) =>
  (facts: MetricFacts): readonly { labels: Labels; value: number }[] =>
    facts.pools.flatMap((pool) => {
      const n = value(pool);
      return n === undefined ? [] : [{ labels: labelsOf(pool), value: n }];
    });

/** One row per pool, 0 where nothing was counted, and one for each further template and preset that was counted. */
export const counted =
  (rows: (facts: MetricFacts) => readonly PoolCount[]) =>
  (facts: MetricFacts): readonly { labels: Labels; value: number }[] => {
    const key = ({ organization, template, preset }: Pick<PoolFacts, 'organization' | 'template' | 'preset'>): string =>
      JSON.stringify([organization, template, preset]);
    const none = facts.pools.map(({ organization, template, preset }): PoolCount => ({
      organization,
      template,
      preset,
      count: 0,
    }));
    const values = new Map([...none, ...rows(facts)].map((row) => [key(row), row]));
    return [...values.values()].map((row) => ({ labels: labelsOf(row), value: row.count }));
  };

/** 1, or no row at all, as Coder reports states that should not be (Coder 7.1). */
export const oneOrAbsent = (is: boolean): number | undefined => (is ? 1 : undefined);
