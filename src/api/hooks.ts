import type { HookName } from '../domain/hooks.ts';

/** A notification that waits for its next try, or was given up. */
export interface NotificationView {
  readonly id: string;
  readonly hook: HookName;
  /** Command, or origin of a webhook; undefined = no longer configured. */
  readonly receiver: string | undefined;
  readonly eventSeq: number;
  readonly state: 'waiting' | 'given_up';
  readonly attempts: number;
  readonly nextTryAt: number | undefined;
  readonly lastError: string | undefined;
  readonly createdAt: number;
}

export interface HookAttempt {
  readonly receiver: string;
  readonly id: string;
  /** undefined = it arrived. */
  readonly error: string | undefined;
  readonly ms: number;
}

export interface HookApi {
  list(): Promise<readonly NotificationView[]>;
  /** Delivers what is due; `retry` makes due whatever failed before. */
  deliver(options: {
    readonly retry: boolean;
    readonly signal?: AbortSignal | undefined;
  }): Promise<{ readonly delivered: number; readonly waiting: number; readonly givenUp: number }>;
  /** Sends a made-up event to every receiver of a hook, once. */
  test(hook: string): Promise<readonly HookAttempt[]>;
}
