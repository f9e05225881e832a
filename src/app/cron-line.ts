import type { Context } from './context.ts';

/** A crontab line with absolute paths: cron's environment is nearly empty (spec 3). */
export function cronLine({ config, script }: Pick<Context, 'config' | 'script'>): string {
  const words = [process.execPath, script, 'reconcile', '--quiet', '--timeout', '10m', '--home', config.home];
  return `* * * * * ${words.map((word) => (/^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')}`;
}
