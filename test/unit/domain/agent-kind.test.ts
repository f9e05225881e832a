import { expect, it } from 'vitest';
import { isServedAgent } from '../../../src/domain/agent-kind.ts';

it.each([
  ['linux', 'token', true],
  ['', 'token', true],
  ['linux', '', true],
  ['windows', 'token', false],
  ['darwin', 'token', false],
  ['linux', 'aws-instance-identity', false],
])('os %s with auth %s: %s', (os, auth, served) => {
  expect(isServedAgent({ os, auth })).toBe(served);
});
