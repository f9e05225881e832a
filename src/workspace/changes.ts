import type { PlannedChange } from '../domain/types.ts';
import type { EngineEvent, RunResult } from '../engine/engine.ts';
import type { StateFacts } from './deps.ts';

export const plannedChanges = (events: readonly EngineEvent[]): readonly PlannedChange[] =>
  events.flatMap((event) => (event.type === 'planned_change' ? [event.change] : []));

/**
 * Whether the engine touched anything real: the line that separates "nothing happened" from "look at the state" (SM R3). Output
 * that is cut counts as yes, since nobody knows.
 */
export const anythingStarted = (result: RunResult): boolean =>
  result.cut === true || result.events.some((event) => event.type === 'apply_start');

export type Suspects = readonly { readonly address: string; readonly type: string }[];

/**
 * Objects that may exist outside every state (SM R5): creation was started, and neither its end nor its object in the state was seen; `state` is
 * the one that this run left. An object whose provider died may exist although it is called failed (engine-crash 9). When the output is
 * cut, it may be any that was `planned`. Objects of the coder provider exist in the state only.
 */
export function findSuspects(result: RunResult, state: StateFacts, planned: readonly PlannedChange[]): Suspects {
  const open = new Map<string, string>();
  for (const event of result.events) {
    if (event.type === 'apply_start' && makes(event.action)) open.set(event.address, event.resourceType);
    if (event.type === 'apply_errored' && !providerDied(result)) open.delete(event.address);
    // A completed object counts as safe only when the state has it: tofu and the pg backend write late (engine-crash fact 5).
  }
  if (result.cut === true) for (const one of unsaid(result, planned)) open.set(one.address, one.type);
  const beside = madeBesideOld(result, planned);
  return [...open]
    .filter(([address, type]) => !type.startsWith('coder_') && !isKnown(address, state, result, beside.has(address)))
    .map(([address, type]) => ({ address, type }));
}

/** Addresses under which the old object is still in the state while the new one is made (`create_before_destroy`), or may be. */
function madeBesideOld(result: RunResult, planned: readonly PlannedChange[]): ReadonlySet<string> {
  const all = [...planned, ...plannedChanges(result.events)];
  const replaced = all.flatMap(({ address, action }) => (action === 'replace' ? [address] : []));
  const first = new Map<string, string>();
  for (const event of result.events)
    if (event.type === 'apply_start' && !first.has(event.address)) first.set(event.address, event.action);
  return new Set(replaced.filter((address) => makes(first.get(address) ?? (result.cut === true ? 'create' : 'none'))));
}

/** Whether the state has what was made at an address; beside an old object, the one that the engine named when it was made. */
function isKnown(address: string, state: StateFacts, result: RunResult, besideOld: boolean): boolean {
  const here = state.kind === 'ok' ? state.resources.filter((resource) => resource.address === address) : [];
  if (!besideOld) return here.length > 0;
  const made = result.events.flatMap((event) =>
    event.type === 'apply_complete' && event.address === address && makes(event.action) ? [event.id] : [],
  );
  return here.some(({ id }) => id !== undefined && made.includes(id));
}

const makes = (action: string): boolean => action === 'create' || action === 'replace';

const providerDied = (result: RunResult): boolean =>
  result.diagnostics.some((one) => /plugin did not respond|request cancell?ed/i.test(`${one.summary}\n${one.detail}`));

/** What a run with cut output was about to make; a run that did not even say its plan may have made anything. */
function unsaid(result: RunResult, planned: readonly PlannedChange[]): Suspects {
  const all = [...planned, ...plannedChanges(result.events)];
  return all.length === 0
    ? [{ address: 'whatever the template makes', type: 'unknown' }]
    : all.filter(({ action }) => makes(action));
}
