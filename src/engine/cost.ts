import type { ShownPlan } from './commands.ts';

type Json = Readonly<Record<string, unknown>>;

/** What one managed instance costs a day: only `coder_metadata` says so, in whole units; a value not known yet counts as 0. */
export function dailyCostOf(type: string, attributes: unknown): number {
  const cost = type === 'coder_metadata' ? object(attributes)?.['daily_cost'] : undefined;
  return typeof cost === 'number' && Number.isFinite(cost) && cost > 0 ? Math.ceil(cost) : 0;
}

/** Sum over everything that exists after the plan, in all modules (Coder 4, step 5). */
export const plannedCostOf = (plan: ShownPlan): number => moduleCost(object(object(plan['planned_values'])?.['root_module']));

function moduleCost(module: Json | undefined): number {
  const own = list(module?.['resources']).map((resource) =>
    resource['mode'] === 'managed' && typeof resource['type'] === 'string'
      ? dailyCostOf(resource['type'], resource['values'])
      : 0,
  );
  const below = list(module?.['child_modules']).map(moduleCost);
  return [...own, ...below].reduce((sum, cost) => sum + cost, 0);
}

const object = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;

const list = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? (value as readonly unknown[]).map(object).filter((one) => one !== undefined) : [];
