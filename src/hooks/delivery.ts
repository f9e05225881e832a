import type { HookName } from '../domain/hooks.ts';

/** One payload on its way to one receiver. */
export interface Delivery {
  readonly payload: string;
  readonly id: string;
  readonly hook: HookName;
  readonly timeoutMs: number;
  /** Milliseconds UTC, for the signature. */
  readonly now: number;
}
