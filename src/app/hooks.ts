import { describeTarget, HOOKS, type HookName, type HookTarget, type Notification } from '../domain/hooks.ts';
import { outsideEnvironment } from '../engine/environment.ts';
import { deliverDue, type DeliverDeps } from '../hooks/deliver.ts';
import { send } from '../hooks/send.ts';
import { isCredentialName } from '../kit/credentials.ts';
import { messageOf, UserError } from '../kit/errors.ts';
import type { DoctorFinding, HookApi, HookAttempt, NotificationView } from '../api/app.ts';
import type { Context } from './context.ts';
import { readSecret } from './hooks-config.ts';
import { samplePayload } from './hooks-sample.ts';

/** A pass starts no delivery after this time; `hooks deliver` takes longer. */
const PASS_MS = 20_000;
const BY_HAND_MS = 10 * 60_000;

/** Notifications as an operator sees them (spec 7.4). */
export function createHookApi(context: Context): HookApi {
  const { store, config } = context;
  return {
    list: async () => (await store.listNotifications()).map((one) => viewOf(context, one)),
    deliver: async ({ retry, signal }) => {
      if (retry) await store.retryNotifications();
      return deliverDue(deliverDeps(context), { signal, withinMs: BY_HAND_MS });
    },
    test: async (name) => {
      const hook = HOOKS.find((one) => one === name);
      if (hook === undefined) {
        throw new UserError('unknown_hook', `there is no hook "${name}"`, { hint: `hooks are ${HOOKS.join(', ')}` });
      }
      const targets = config.hooks[hook];
      if (targets.length === 0) {
        throw new UserError('hook_not_configured', `nobody is configured for ${hook}`, {
          hint: `add hooks.${hook} to the configuration; see docs/hooks.md`,
        });
      }
      return Promise.all(targets.map((target) => tryOut(context, hook, target)));
    },
  };
}

/**
 * Delivers what is due while a pass works, and afterwards what the pass itself gave rise to. A delivery that fails never fails the pass.
 */
export async function withNotifications<T>(
  context: Context,
  signal: AbortSignal | undefined,
  pass: () => Promise<T>,
): Promise<T> {
  const deliver = () => deliverNow(context, signal);
  const delivering = deliver();
  try {
    return await pass();
  } finally {
    await delivering;
    await deliver();
  }
}

/** Delivers what is due now; what fails is logged. */
export async function deliverNow(context: Context, signal: AbortSignal | undefined): Promise<void> {
  try {
    await deliverDue(deliverDeps(context), { signal, withinMs: PASS_MS });
  } catch (error) {
    context.logger.error('hooks: delivering failed', { error: messageOf(error) });
  }
}

function deliverDeps({ store, clock, logger, config, env }: Context): DeliverDeps {
  const own = Object.entries(outsideEnvironment(env, {})).filter(([name]) => !isCredentialName(name));
  return {
    store,
    clock,
    logger,
    targets: config.hooks,
    env: Object.fromEntries(own),
    readSecret: (secret) => readSecret(secret, config.env, env),
  };
}

/** One delivery of a made-up event, outside the outbox. */
async function tryOut(context: Context, hook: HookName, target: HookTarget): Promise<HookAttempt> {
  const { clock, ids } = context;
  const [id, now, started] = [ids.uuid(), clock.now(), clock.monotonic()];
  const payload = samplePayload({ id, hook, template: target.templates?.[0] ?? 'example', now });
  const error = await send(deliverDeps(context), target, { id, hook, payload, now });
  return { receiver: describeTarget(target), id, error, ms: Math.round(clock.monotonic() - started) };
}

function viewOf({ config }: Context, one: Notification): NotificationView {
  const target = config.hooks[one.hook][one.target];
  return {
    id: one.id,
    hook: one.hook,
    receiver: target === undefined ? undefined : describeTarget(target),
    eventSeq: one.eventSeq,
    state: one.doneAt === undefined ? 'waiting' : 'given_up',
    attempts: one.attempts,
    nextTryAt: one.doneAt === undefined ? one.nextTryAt : undefined,
    lastError: one.lastError,
    createdAt: one.createdAt,
  };
}

/** For `doctor`: what could not be delivered, and secrets that are not there. */
export async function checkHooks(context: Context): Promise<readonly DoctorFinding[]> {
  const receivers = HOOKS.flatMap((hook) => context.config.hooks[hook].map((target) => ({ hook, target })));
  const lost = (await context.store.listNotifications()).filter(({ doneAt }) => doneAt !== undefined);
  const findings = [
    ...receivers.flatMap(({ hook, target }) => secretFinding(context, hook, target)),
    ...lost.map((one) => lostFinding(context, one)),
  ];
  if (receivers.length === 0 || findings.length > 0) return findings;
  const message = `${String(receivers.length)} configured, nothing was given up`;
  return [{ level: 'ok', topic: 'hooks', message, remedy: undefined }];
}

function secretFinding({ config, env }: Context, hook: HookName, { run }: HookTarget): readonly DoctorFinding[] {
  if (!('webhook' in run)) return [];
  try {
    readSecret(run.secret, config.env, env);
    return [];
  } catch (error) {
    const remedy = error instanceof UserError ? error.hint : undefined;
    return [{ level: 'problem', topic: 'hooks', message: `${hook} to ${describeTarget({ run })}: ${messageOf(error)}`, remedy }];
  }
}

function lostFinding(context: Context, one: Notification): DoctorFinding {
  const { receiver, lastError = 'unknown' } = viewOf(context, one);
  const to = receiver === undefined ? '' : ` to ${receiver}`;
  return {
    level: 'warning',
    topic: 'hooks',
    message: `${one.hook}${to} of event ${String(one.eventSeq)} was given up after ${String(one.attempts)} tries: ${lastError}`,
    remedy: 'put the receiver right (prebuilds hooks test), then run `prebuilds hooks deliver --retry`',
  };
}
