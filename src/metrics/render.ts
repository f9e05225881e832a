import { BUCKETS, type HistogramRow, type Labels } from '../domain/measurements.ts';
import { CODER } from './coder.ts';
import type { MetricFacts } from './facts.ts';
import type { CounterDefinition, Definition, Family, HistogramDefinition, Sample } from './family.ts';
import { OWN } from './own.ts';
import { labelsOf, ORGANIZATION } from './pool-labels.ts';
import { formatFamilies } from './text.ts';

/** Every metric there is, in the order they are printed in. */
export const DEFINITIONS: readonly Definition[] = [...CODER, ...OWN];

interface Rendered {
  /** Prometheus text (spec 8.2): the same bytes wherever it is asked for. */
  readonly text: string;
  /** The same as data; a metric without a value is left out. */
  readonly families: readonly Family[];
}

/** What a scrape and `metrics --json` read of these facts. */
export function renderMetrics(facts: MetricFacts): Rendered {
  const families = familiesOf(facts);
  return { text: formatFamilies(families), families };
}

const familiesOf = (facts: MetricFacts): readonly Family[] =>
  DEFINITIONS.map((definition) => ({
    name: definition.name,
    type: definition.type,
    help: definition.help,
    samples: samplesOf(definition, facts),
  })).filter((family) => family.samples.length > 0);

function samplesOf(definition: Definition, facts: MetricFacts): readonly Sample[] {
  const { labels } = definition;
  switch (definition.type) {
    case 'gauge':
      return definition.read(facts).map((row) => ({ suffix: '', labels: inOrder(labels, row.labels), value: row.value }));
    case 'counter':
      return counterSamples(definition, facts);
    case 'histogram':
      return facts.histograms
        .filter((row) => row.name === definition.stored)
        .flatMap((row) => histogramSamples(definition, row, inOrder(labels, { ...definition.fixed, ...row.labels })));
  }
}

/** Exactly the labels of the definition, in its order. */
function inOrder(names: readonly string[], labels: Labels): Labels {
  const ordered: Record<string, string> = {};
  for (const name of names) ordered[name] = labels[name] ?? (name === 'organization_name' ? ORGANIZATION : '');
  return ordered;
}

/** Rows of the store, and a 0 for what a pool has not counted yet. Rows that differ only in labels that are not shown are added up. */
function counterSamples({ stored, labels, fixed, zeros }: CounterDefinition, facts: MetricFacts): readonly Sample[] {
  const samples = new Map<string, Sample>();
  const add = (given: Labels, value: number): void => {
    const shown = inOrder(labels, { ...fixed, ...given });
    const key = JSON.stringify(Object.values(shown));
    samples.set(key, { suffix: '', labels: shown, value: value + (samples.get(key)?.value ?? 0) });
  };
  if (zeros !== undefined) {
    for (const pool of facts.pools) {
      for (const more of combinations(zeros)) add({ ...labelsOf(pool), ...more }, 0);
    }
  }
  for (const row of facts.counters) if (row.name === stored) add(row.labels, row.value);
  return [...samples.values()];
}

const combinations = (values: Readonly<Record<string, readonly string[]>>): readonly Labels[] =>
  Object.entries(values).reduce<readonly Labels[]>(
    (all, [name, options]) => all.flatMap((one) => options.map((option) => ({ ...one, [name]: option }))),
    [{}],
  );

/** Prometheus counts what is at most the bound, so every bucket contains those below it. */
function histogramSamples({ stored }: HistogramDefinition, row: HistogramRow, labels: Labels): readonly Sample[] {
  const upTo = (bound: number): number => row.buckets.reduce((sum, { le, count }) => (le <= bound ? sum + count : sum), 0);
  return [
    ...BUCKETS[stored].map((bound): Sample => ({
      suffix: '_bucket',
      labels: { ...labels, le: String(bound) },
      value: upTo(bound),
    })),
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: row.count },
    { suffix: '_sum', labels, value: row.sum },
    { suffix: '_count', labels, value: row.count },
  ];
}
