import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keysAt } from '../../../src/app/config-schema.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'configuration.md'), 'utf8');

describe('docs/configuration.md', () => {
  it.each([
    [[]],
    [['templates', 'a']],
    [['templates', 'a', 'presets', 'b']],
    [['probe']],
    [['failures']],
    [['backoff']],
    [['hooks']],
    [['sweep']],
    [['retention']],
  ])('names every key of the file at %j', (path) => {
    const keys = keysAt(path);
    expect(keys.length).toBeGreaterThan(2);
    expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
  });
});
