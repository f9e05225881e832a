import { expect, it } from 'vitest';
import { z } from 'zod';
import { issueWords } from '../../../src/kit/issue-words.ts';

const wordsOf = (schema: z.ZodType, value: unknown): string => {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  return issue === undefined ? 'nothing' : issueWords(issue);
};

it.each([
  [z.string(), 5, 'must be a text'],
  [z.number(), 'many', 'must be a number'],
  [z.array(z.string()), 'one', 'must be a list'],
  [z.object({}), 3, 'must be a map of keys and values'],
  [z.record(z.string(), z.string()), 'one', 'must be a map of keys and values'],
  [z.boolean(), 'yes', 'must be true or false'],
  [z.string(), undefined, 'is missing'],
  [z.string().min(1), '', 'must not be empty'],
  [z.string().max(3), 'four', 'must be at most 3 characters'],
  [z.number().min(1), 0, 'must be at least 1'],
  [z.number().max(9), 10, 'must be at most 9'],
  [z.string().min(1, 'says it itself'), '', 'says it itself'],
])('what is wrong with a value is said in words for people: %#', (schema, value, words) => {
  expect(wordsOf(schema, value)).toBe(words);
});
