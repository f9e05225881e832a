import { describe, expect, it } from 'vitest';
import { scriptWords } from '../../../src/web/script-words.ts';

describe('scriptWords', () => {
  it.each([
    ['created', 'start', undefined, 'setup has not run'],
    ['starting', 'start', undefined, 'setup is running'],
    ['starting', 'both', undefined, 'setup is running'],
    ['starting', 'stop', undefined, 'setup has not run'],
    ['ready', 'stop', undefined, 'setup has not run'],
    ['shutting_down', 'stop', undefined, 'setup is running'],
    ['shutting_down', 'start', undefined, 'setup has not run'],
    ['off', 'start', undefined, 'setup has not run'],
    [undefined, 'start', undefined, 'setup has not run'],
    ['ready', 'start', 0, 'setup ended after 2 s'],
    ['start_error', 'start', 3, 'setup exited 3 after 2 s'],
    ['start_timeout', 'start', 'timeout', 'setup ran into its time limit after 2 s'],
  ] as const)('%s, a %s script that said %s: %s', (lifecycle, runs, exit, words) => {
    const seconds = exit === undefined ? undefined : 2;
    expect(scriptWords(lifecycle, { id: 'a', name: 'setup', runs, exit, seconds })).toBe(words);
  });
});
