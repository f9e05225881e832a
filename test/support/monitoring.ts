import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PROJECT } from './cli.ts';

/** Files with PromQL, below docs/monitoring. */
export const SOURCES = ['dashboard.json', 'alerts.yaml'] as const;

/** Every PromQL expression of a dashboard or a file of rules. */
export function expressionsOf(file: (typeof SOURCES)[number]): readonly string[] {
  const text = readFileSync(join(PROJECT, 'docs', 'monitoring', file), 'utf8');
  return collect(file.endsWith('.json') ? JSON.parse(text) : parse(text));
}

function collect(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (key === 'expr' && typeof inner === 'string') return [inner];
    // A variable of a dashboard asks with label_values(METRIC, LABEL).
    if (key === 'definition' && typeof inner === 'string') return [inner];
    return collect(inner);
  });
}

/** Names of metrics in an expression: all of ours, and of Coder's, begin like this. */
export const namesIn = (expression: string): readonly string[] => expression.match(/\b(?:coderd|prebuilds)_\w+/g) ?? [];
