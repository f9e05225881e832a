import { homePaths } from '../kit/paths.ts';
import type { Context } from './context.ts';

const quoted = (word: string): string => (/^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/**
 * A crontab line with absolute paths: cron's environment is nearly empty (spec 3). A percent sign ends a command there, also between
 * quotes.
 */
export function cronLine({ config, script }: Pick<Context, 'config' | 'script'>): string {
  const { home, file } = config;
  const named = file === undefined || file === homePaths(home).config ? [] : ['--config', file];
  const words = [process.execPath, script, 'reconcile', '--quiet', '--timeout', '10m', '--home', home, ...named];
  return `* * * * * ${words.map(quoted).join(' ').replaceAll('%', '\\%')}`;
}
