import { resolveParameters } from '../domain/parameters.ts';
import type { Parameter, Preset } from '../domain/types.ts';
import type { PolicyOf } from '../domain/policy.ts';
import type { PoolSnapshot } from '../domain/snapshot.ts';
import { poolFacts, type MetricFacts } from '../metrics/facts.ts';
import { renderMetrics } from '../metrics/render.ts';
import type { App } from '../api/app.ts';
import type { Store } from '../store/store.ts';

type Reads = Pick<Store, 'counters' | 'isPaused' | 'measurements' | 'snapshot' | 'versionParameters'>;

/** Reads what metrics are made of, once; `now` in milliseconds UTC. What `renderMetrics` prints follows from it and the version alone. */
export async function collectFacts(store: Reads, policyOf: PolicyOf, now: number): Promise<Omit<MetricFacts, 'version'>> {
  const [measurements, counters, paused, snapshots] = [
    await store.measurements(),
    await store.counters(),
    await store.isPaused(),
    await store.snapshot(policyOf),
  ];
  const invalid = await invalidPools(store, snapshots);
  const pools = snapshots.map((snapshot) => poolFacts(snapshot, now, invalid.has(snapshot)));
  return { ...measurements, at: now, counters, paused, pools };
}

/** Push refuses such a preset; a version of an older tool, or one whose rules a newer tool reads more strictly, may still have one. */
async function invalidPools(store: Reads, snapshots: readonly PoolSnapshot[]): Promise<ReadonlySet<PoolSnapshot>> {
  const known = new Map<string, Awaited<ReturnType<Reads['versionParameters']>>>();
  const invalid = new Set<PoolSnapshot>();
  for (const snapshot of snapshots) {
    const { preset } = snapshot;
    if (preset === undefined) continue;
    const parameters = known.get(preset.versionId) ?? (await store.versionParameters(preset.versionId));
    known.set(preset.versionId, parameters);
    if (isGood(parameters, preset)) continue;
    // With its own values other parameters may be there; most pools need no look at them.
    if (!isGood(await store.versionParameters(preset.versionId, preset.name), preset)) invalid.add(snapshot);
  }
  return invalid;
}

const isGood = (parameters: readonly Parameter[], preset: Preset): boolean =>
  resolveParameters({ parameters, preset, given: {}, mode: 'create' }).problems.length === 0;

/** Metrics of now, as Prometheus text and as data; `version` is that of the front end. */
export async function printMetrics(store: Reads, policyOf: PolicyOf, now: number, version: string): ReturnType<App['metrics']> {
  return renderMetrics({ ...(await collectFacts(store, policyOf, now)), version });
}
