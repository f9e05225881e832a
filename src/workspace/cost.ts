import type { StateFacts } from './deps.ts';

/** What a workspace costs a day after a build that succeeded; undefined = its state cannot say, so what was planned counts. */
export const costAfterSuccess = (state: StateFacts): number | undefined => (state.kind === 'ok' ? state.dailyCost : undefined);

/** What is left of it after a build that failed: 0 only when nothing is; undefined = something is, of unknown cost. */
export function costAfterFailure(state: StateFacts): number | undefined {
  if (state.kind !== 'ok') return undefined;
  if (state.resources.every(({ mode }) => mode !== 'managed')) return 0;
  return state.dailyCost > 0 ? state.dailyCost : undefined;
}
