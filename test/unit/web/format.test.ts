import { expect, it } from 'vitest';
import { age, inTime, percent, phaseTime, shortTime } from '../../../src/web/format.ts';

it.each([
  [0.4, '0 ms'],
  [840.4, '840 ms'],
  [2440, '2.4 s'],
  [80_400, '1 m 20 s'],
])('a phase of %d ms is %s', (ms, words) => {
  expect(phaseTime(ms)).toBe(words);
});

it('ages and times to come', () => {
  expect([age(10_000, 6_700), age(200_000, 20_000), age(1000, 5000)]).toEqual(['3.0s', '3m', '0.0s']);
  expect([inTime(0, 3_600_000), inTime(5, 5)]).toEqual(['in 1h', 'now']);
  expect([0.3, 4, 59.7, 3599, 5399, 86_399, 90 * 86_400 - 1].map((seconds) => inTime(0, seconds * 1000))).toEqual(
    ['0s', '4s', '1m', '1h', '1h30m', '1 day', '90 days'].map((words) => `in ${words}`),
  );
  expect([percent(undefined), percent(0.976)]).toEqual(['–', '98 %']);
});

it('names the day of a time that is not today', () => {
  const noon = new Date(2026, 5, 3, 12, 5).getTime();
  expect(shortTime(noon, noon)).toBe('12:05');
  expect(shortTime(noon, noon + 86_400_000)).toBe('Wed 12:05');
});
