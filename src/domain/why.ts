import type { DeleteWhy } from './actions.ts';
import type { HindranceCode } from './hindrance.ts';
import type { WorkspacePhase } from './types.ts';

/** States of a pool that nothing hinders. */
export type PoolState = 'full' | 'size_zero' | 'due' | 'waits_for_build' | 'waits_for_ready' | 'degraded';

/** The constraint that binds now: every hindrance of a pool, every reason for which a prebuild goes, every phase; and a claim in line. */
export type WhyCode =
  | HindranceCode
  | PoolState
  | DeleteWhy
  | WorkspacePhase
  | 'held'
  | 'suspects'
  | 'unsafe'
  | 'eligible'
  | 'agent_lost'
  | 'agents'
  | 'in_line';

/** The one constraint that binds a pool, a workspace or a claim now, in words, and what to do about it (spec 3, `why`). */
export interface Explanation {
  readonly code: WhyCode;
  readonly text: string;
  /** What to do; absent where nothing has to be done. */
  readonly next: string | undefined;
  /** When it ends by itself, ms UTC, where that is known. */
  readonly untilAt: number | undefined;
}

export const explanation = (
  code: WhyCode,
  text: string,
  more: { readonly next?: string | undefined; readonly untilAt?: number | undefined } = {},
): Explanation => ({ code, text, next: more.next, untilAt: more.untilAt });

/** Quoted for a shell where the name needs it: preset names have spaces. */
export const shellName = (name: string): string => (/^[\w./@:-]+$/.test(name) ? name : `"${name}"`);

/** What to do about each hindrance of a pool. The table is complete by its type. */
const REMEDIES: Readonly<Record<HindranceCode, (pool: string, template: string) => string | undefined>> = {
  paused: (pool) => `prebuilds resume, or prebuilds resume ${pool} when only this pool is paused`,
  template_inactive: (_pool, template) => `prebuilds template deprecate ${template} --undo, or push the template again`,
  no_preset: (_pool, template) => `push a version that has the preset, or prebuilds template promote ${template} VERSION`,
  draining: (pool) => `prebuilds resume ${pool}`,
  clock_jump: () => 'nothing: the next pass acts again; if it comes back, check the clock of this host',
  limited: (pool) => `correct the cause, then push a new version or run prebuilds retry ${pool}`,
  holding: (pool) => `it tries again by itself with one prebuild; prebuilds retry ${pool} tries at once`,
  backoff: (pool) => `it tries again by itself; prebuilds retry ${pool} tries at once`,
  probing: () => 'nothing: when the one being tried is ready, the others follow',
  max_size: () => 'raise max_size in the configuration, or delete claimed workspaces that nobody needs',
  start_rate: () => 'nothing: the next pass goes on; raise start_rate in the configuration to go faster',
};

/** What to do about a hindrance; `pool` is `template/preset`. */
export const remedyOf = (code: HindranceCode, pool: string, template: string): string | undefined =>
  REMEDIES[code](shellName(pool), shellName(template));
