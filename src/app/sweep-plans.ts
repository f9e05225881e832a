import { sourceName, type SweepResult, type SweepSettings, type SweepSource } from '../domain/sweep.ts';
import type { SweepPlan } from '../sweep/run.ts';
import type { Context } from './context.ts';

/** Each configured source once, with all templates that name it; `only` those that this template names. */
export async function plansOf({ store, config }: Context, only?: string): Promise<readonly SweepPlan[]> {
  const plans = new Map<string, SweepPlan>();
  const wanted = new Set<string>();
  for (const { id, name } of await store.listTemplates()) {
    const settings = config.sweepOf(name);
    if (settings === undefined) continue;
    for (const source of settings.sources) {
      const key = sourceName(source);
      plans.set(key, joined(plans.get(key), source, settings, id));
      if (only === undefined || only === name) wanted.add(key);
    }
  }
  return [...plans].flatMap(([key, plan]) => (wanted.has(key) ? [plan] : []));
}

/** One look serves all templates of a source: as often as the most demanding of them wants it. */
const joined = (
  known: SweepPlan | undefined,
  source: SweepSource,
  { intervalMs, timeoutMs }: SweepSettings,
  templateId: string,
): SweepPlan => ({
  source,
  templateIds: new Set([...(known?.templateIds ?? []), templateId]),
  intervalMs: Math.min(known?.intervalMs ?? Infinity, intervalMs),
  timeoutMs: Math.max(known?.timeoutMs ?? 0, timeoutMs),
});

/** Results of sources that are still configured. */
export async function lastSweeps(context: Context): Promise<readonly SweepResult[]> {
  const names = new Set((await plansOf(context)).map(({ source }) => sourceName(source)));
  if (names.size === 0) return [];
  return (await context.store.listSweeps()).filter(({ source }) => names.has(source));
}
