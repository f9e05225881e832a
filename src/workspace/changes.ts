import type { PlannedChange } from '../domain/types.ts';
import type { EngineEvent, RunResult } from '../engine/engine.ts';
import type { StateFacts } from './deps.ts';

export const plannedChanges = (events: readonly EngineEvent[]): readonly PlannedChange[] =>
  events.flatMap((event) => (event.type === 'planned_change' ? [event.change] : []));

/** Whether the engine touched anything real: the line that separates "nothing happened" from "look at the state" (SM R3). */
export const anythingStarted = (result: RunResult): boolean => result.events.some((event) => event.type === 'apply_start');

/**
 * Objects that may exist outside every state (SM R5): creation was started, and neither its end nor an instance in the state was seen.
 */
export function findSuspects(result: RunResult, state: StateFacts): readonly { address: string; type: string }[] {
  const known = new Set(state.kind === 'ok' ? state.resources.map((resource) => resource.address) : []);
  const open = new Map<string, string>();
  for (const event of result.events) {
    if (event.type === 'apply_start' && (event.action === 'create' || event.action === 'replace')) {
      open.set(event.address, event.resourceType);
    }
    if (event.type === 'apply_errored') open.delete(event.address);
    // A completed object counts as safe only when the state has it: tofu and the pg backend write late (engine-crash fact 5).
  }
  return [...open].filter(([address]) => !known.has(address)).map(([address, type]) => ({ address, type }));
}
