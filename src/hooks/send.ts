import { describeTarget, type HookSecret, type HookTarget } from '../domain/hooks.ts';
import { messageOf } from '../kit/errors.ts';
import { runCommand } from './command.ts';
import type { Delivery } from './delivery.ts';
import { postWebhook } from './webhook.ts';

export interface SendDeps {
  /** Environment of command hooks, without credentials. */
  readonly env: Readonly<Record<string, string>>;
  /** Key of a webhook. Throws when it is not there. */
  readonly readSecret: (secret: HookSecret) => string;
}

/** Delivers once; undefined = it arrived, else why not, in one line that holds no secret. */
export async function send(
  deps: SendDeps,
  target: HookTarget,
  delivery: Omit<Delivery, 'timeoutMs'>,
): Promise<string | undefined> {
  const { run, timeoutMs } = target;
  try {
    if ('command' in run) await runCommand({ ...delivery, timeoutMs, argv: run.command, env: envOf(deps, delivery) });
    else await postWebhook({ ...delivery, timeoutMs, url: run.webhook, secret: deps.readSecret(run.secret) });
    return undefined;
  } catch (error) {
    return messageOf(error).split('\n')[0] ?? `${describeTarget(target)} failed`;
  }
}

const envOf = ({ env }: SendDeps, { hook, id }: Pick<Delivery, 'hook' | 'id'>): Record<string, string> => ({
  ...env,
  PREBUILDS_HOOK: hook,
  PREBUILDS_HOOK_ID: id,
});
