import type { EventRow } from './types.ts';

/** What one can be told about (spec 7.4). */
export const HOOKS = ['on_ready', 'on_claim', 'on_release', 'on_replace', 'on_limit', 'on_expiring'] as const;
export type HookName = (typeof HOOKS)[number];

/** Where the key of a webhook's signature is: a variable of the environment or of `env` and `env_file`, or a private file. */
export type HookSecret = { readonly env: string } | { readonly file: string };

/** One configured receiver of a hook. */
export interface HookTarget {
  /** Only events of these templates; undefined = all. */
  readonly templates: readonly string[] | undefined;
  readonly timeoutMs: number;
  /** Tries after the first one; undefined = as many as fit into HOOK_LIFE_MS. */
  readonly retries: number | undefined;
  readonly run: { readonly command: readonly string[] } | { readonly webhook: string; readonly secret: HookSecret };
}

/** The receivers of each hook, in the order of the configuration; a notification names its receiver by this position. */
export type HookTargets = Readonly<Record<HookName, readonly HookTarget[]>>;

/** Positions of the receivers of a hook that want events of this template; what the store asks in each transaction. */
export type Subscribers = (hook: HookName, template: string | undefined) => readonly number[];

export const subscribersOf =
  (targets: HookTargets): Subscribers =>
  (hook, template) =>
    targets[hook].flatMap(({ templates }, at) =>
      templates === undefined || (template !== undefined && templates.includes(template)) ? [at] : [],
    );

/** The hooks that an event fires. A claim that rebuilt something fires two; most events fire none. */
export function hooksOfEvent(event: Pick<EventRow, 'kind' | 'data'>): readonly HookName[] {
  switch (event.kind) {
    case 'prebuild.ready':
      return ['on_ready'];
    case 'claim.served':
      return hasRebuilt(event.data) ? ['on_claim', 'on_replace'] : ['on_claim'];
    case 'workspace.deleted':
      return ['on_release'];
    case 'pool.limited':
      return ['on_limit'];
    case 'workspace.expiring':
      return ['on_expiring'];
    default:
      return [];
  }
}

const hasRebuilt = (data: EventRow['data']): boolean => Array.isArray(data['rebuilt']) && data['rebuilt'].length > 0;

/** What a payload tells besides its event. */
export interface HookFacts {
  readonly id: string;
  readonly hook: HookName;
  readonly event: Omit<EventRow, 'buildId'>;
  /** Owner at the time of the event. */
  readonly owner: string | undefined;
  readonly servedAs: string | undefined;
  readonly test?: boolean;
}

const SCHEMA = 1;

/** The document that a command reads on stdin and a webhook gets as its body (docs/hooks.md). Fields may be added, never renamed. */
export function hookPayload({ id, hook, event, owner, servedAs, test }: HookFacts): string {
  const { workspaceId, claimId } = event;
  return JSON.stringify({
    schema: SCHEMA,
    id,
    hook,
    test: test === true,
    at: new Date(event.at).toISOString(),
    event: { kind: event.kind, seq: event.seq },
    template: event.template ?? null,
    preset: event.preset ?? null,
    workspace: workspaceId === undefined ? null : { id: workspaceId, name: event.workspaceName ?? null, owner: owner ?? null },
    claim: claimId === undefined ? null : { id: claimId, servedAs: servedAs ?? null },
    actor: event.actor ?? null,
    reason: event.reason,
    data: event.data,
  });
}

const MINUTE = 60_000;
const FIRST_RETRY_MS = MINUTE;
const LAST_RETRY_MS = 60 * MINUTE;
/** After this time from its event a notification is given up. */
const HOOK_LIFE_MS = 24 * 60 * MINUTE;

/**
 * When a notification is tried again after its `attempts`-th try failed, ms UTC: 1, 2, 4, ... minutes later, at most an hour; undefined =
 * given up, because its retries or its 24 hours are used up.
 */
export function nextHookTry(
  notification: { readonly attempts: number; readonly createdAt: number },
  retries: number | undefined,
  now: number,
): number | undefined {
  if (retries !== undefined && notification.attempts > retries) return undefined;
  const at = now + Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(16, Math.max(0, notification.attempts - 1)));
  return at - notification.createdAt > HOOK_LIFE_MS ? undefined : at;
}

/** A receiver in words without anything secret: webhook addresses often carry a key in path or query. */
export function describeTarget({ run }: Pick<HookTarget, 'run'>): string {
  return 'command' in run ? (run.command[0] ?? '') : new URL(run.webhook).origin;
}

/** One notification on its way to one receiver. */
export interface Notification {
  /** Stays the same in every delivery, so that a receiver can drop what it has already seen. */
  readonly id: string;
  readonly eventSeq: number;
  readonly hook: HookName;
  readonly target: number;
  /** JSON text. */
  readonly payload: string;
  /** Tries so far, the one under way included. */
  readonly attempts: number;
  readonly nextTryAt: number;
  /** When it was delivered or given up. */
  readonly doneAt: number | undefined;
  /** Why the last try failed; with `doneAt` it was given up. */
  readonly lastError: string | undefined;
  readonly createdAt: number;
}
