import type { HistogramName, Labels } from '../domain/measurements.ts';
import type { MetricFacts } from './facts.ts';

/** One value of a metric, with all its labels. */
export interface Sample {
  /** What follows the metric's name: `_bucket`, `_sum`, `_count`, or nothing. */
  readonly suffix: '' | '_bucket' | '_sum' | '_count';
  readonly labels: Labels;
  readonly value: number;
}

/** A metric with its values, as JSON shows it and as the text format prints it. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface Common {
  readonly name: string;
  readonly help: string;
  /** Label names in the order they are printed in. */
  readonly labels: readonly string[];
}

/** A counter of the store. */
export interface CounterDefinition extends Common {
  readonly type: 'counter';
  /** Name of its rows. */
  readonly stored: string;
  /** Labels that are the same in every row and are not stored. */
  readonly fixed?: Labels;
  /** Every pool has a row for each of these from the start, so that the first event is an increase: label name to its values. */
  readonly zeros?: Readonly<Record<string, readonly string[]>>;
}

/** A histogram of the store. */
export interface HistogramDefinition extends Common {
  readonly type: 'histogram';
  readonly stored: HistogramName;
  readonly fixed?: Labels;
}

/** A value of this moment. */
export interface GaugeDefinition extends Common {
  readonly type: 'gauge';
  readonly read: (facts: MetricFacts) => readonly { readonly labels: Labels; readonly value: number }[];
}

export type Definition = CounterDefinition | HistogramDefinition | GaugeDefinition;
