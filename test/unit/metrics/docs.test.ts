import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFINITIONS } from '../../../src/metrics/render.ts';
import { PROJECT } from '../../support/cli.ts';
import { expressionsOf, namesIn, SOURCES } from '../../support/monitoring.ts';

const labels = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** The rows of docs/metrics.md as they must be. */
const table = DEFINITIONS.map(({ name, type, labels: names, help }) => `| \`${name}\` | ${type} | ${labels(names)} | ${help} |`);

describe('docs/metrics.md', () => {
  const text = readFileSync(join(PROJECT, 'docs', 'metrics.md'), 'utf8');

  it('has one row for every metric, and none for anything else', () => {
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(table);
  });
});

describe('names', () => {
  it.each(DEFINITIONS)('$name follows the conventions of Prometheus', ({ name, type, help, labels: names }) => {
    expect(name).toMatch(/^(coderd|prebuilds)_[a-z_]+[a-z]$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    expect(help).toMatch(/^[A-Z0-9][^\n|]*\.$/);
    for (const label of names) expect(label).toMatch(/^[a-z_]+$/);
  });
});

describe('each metric', () => {
  const scenarios = ['metrics', 'metrics-states', 'sweep', 'crash'].map((name) =>
    readFileSync(join(PROJECT, 'test', 'e2e', `${name}.test.ts`), 'utf8'),
  );

  it.each(DEFINITIONS.map(({ name }) => name))('%s is scraped around a real scenario', (name) => {
    const names = [name, `'${name.replace(/^coderd_prebuilt_workspaces_/, '')}'`];
    expect(names.some((one) => scenarios.some((text) => text.includes(one)))).toBe(true);
  });
});

describe.each(SOURCES)('%s', (file) => {
  const known = new Set(
    DEFINITIONS.flatMap(({ name, type }) => (type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name])),
  );
  const expressions = expressionsOf(file);

  it('has expressions, and each asks for a metric', () => {
    expect(expressions.length).toBeGreaterThan(5);
    for (const expression of expressions) expect(namesIn(expression), expression).not.toEqual([]);
  });

  it('asks only for metrics that exist', () => {
    expect(expressions.flatMap(namesIn).filter((name) => !known.has(name))).toEqual([]);
  });
});
