export interface Totals {
  rounds: number;
  failed: number;
  suspects: number;
  clocks: number;
  ms: number;
  readonly hits: Map<string, number>;
  readonly faults: Map<string, number>;
  readonly served: Map<string, number>;
}

const line = (title: string, counts: ReadonlyMap<string, number>): string =>
  `${title}: ${[...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([what, n]) => `${what} ${n}`)
    .join(', ')}`;

/** The figures of a run, as docs/reliability.md quotes them. */
export function report(totals: Totals, seed: number, ms: number): string {
  return [
    `seed ${seed}: ${totals.rounds} rounds in ${Math.round(ms / 1000)} s, ${totals.failed} with a breach`,
    line('faults', totals.faults),
    line('hit', totals.hits),
    `rounds with a clock jump: ${totals.clocks}; suspects resolved: ${totals.suspects}`,
    line('commands by exit code', totals.served),
  ].join('\n');
}
