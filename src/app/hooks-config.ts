import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { HookSecret, HookTarget, HookTargets } from '../domain/hooks.ts';
import { UserError } from '../kit/errors.ts';
import type { ConfigFile, HookFile } from './config-schema.ts';
import { requirePrivateFile, variable, type Environment } from './home.ts';

const TIMEOUT_MS = 10_000;

/** The receivers of `hooks`; the path of a secret is relative to the configuration file in `folder`. */
export function hookTargets(file: Pick<ConfigFile, 'hooks'>, folder: string): HookTargets {
  const of = (list: readonly HookFile[] = []) => list.map((hook) => toTarget(hook, folder));
  const { hooks = {} } = file;
  return {
    on_ready: of(hooks.on_ready),
    on_claim: of(hooks.on_claim),
    on_release: of(hooks.on_release),
    on_replace: of(hooks.on_replace),
    on_limit: of(hooks.on_limit),
    on_expiring: of(hooks.on_expiring),
  };
}

const toTarget = (hook: HookFile, folder: string): HookTarget => ({
  templates: hook.templates,
  timeoutMs: hook.timeout ?? TIMEOUT_MS,
  retries: hook.retries,
  run:
    hook.webhook === undefined
      ? { command: hook.command ?? [] }
      : {
          webhook: hook.webhook,
          secret: hook.secret_file === undefined ? { env: hook.secret_env ?? '' } : { file: resolve(folder, hook.secret_file) },
        },
});

/**
 * The key of a webhook: from `env` and `env_file` of the configuration, then the command's own environment, or from a file that only its
 * owner can read. Read when it is needed, so that people who claim need not have it. UserError when it is not there.
 */
export function readSecret(secret: HookSecret, configured: Environment, inherited: Environment): string {
  const value =
    'env' in secret ? (variable(configured, secret.env) ?? variable(inherited, secret.env)) : readPrivate(secret.file);
  if (value !== undefined && value !== '') return value;
  const what = 'env' in secret ? `variable ${secret.env} is not set` : `secret_file ${secret.file} is empty`;
  throw new UserError('hook_secret_missing', `its secret is not there: ${what}`, {
    hint: 'set it in env_file of the configuration',
  });
}

function readPrivate(path: string): string {
  requirePrivateFile(path, 'secret_file');
  return readFileSync(path, 'utf8').trim();
}
