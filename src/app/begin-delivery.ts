import { spawn } from 'node:child_process';
import { HOOKS } from '../domain/hooks.ts';
import { messageOf } from '../kit/errors.ts';
import type { Context } from './context.ts';

/**
 * Begins to deliver what is due, in a process of its own, so that a claim neither waits for its hooks nor loads what they need (spec 7.4).
 * Whatever that process does not get through, the next pass does.
 */
export function beginDelivery({ config, env, script, logger }: Pick<Context, 'config' | 'env' | 'script' | 'logger'>): void {
  if (HOOKS.every((hook) => config.hooks[hook].length === 0)) return;
  const file = config.file === undefined ? [] : ['--config', config.file];
  const args = [script, 'hooks', 'deliver', '--quiet', '--home', config.home, ...file];
  const child = spawn(process.execPath, args, { detached: true, stdio: 'ignore', env });
  child.on('error', (error) => {
    logger.warn('hooks: delivering could not be begun', { error: messageOf(error) });
  });
  child.unref();
}
