import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, WorkspaceRow } from '../support/json.ts';
import { makeSandbox, type Sandbox } from '../support/cli.ts';
import { plain } from '../support/templates.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The state without what differs between any two workspaces: ids, tokens, lineage, names of prebuilds. */
function comparable(box: Sandbox, id: string): Json {
  const state = JSON.parse(readFileSync(join(box.home, 'workspaces', id, 'work', 'terraform.tfstate'), 'utf8')) as Json;
  const volatile = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
  const text = JSON.stringify(state)
    .replaceAll(volatile, 'ID')
    .replaceAll(/prebuild-[a-z2-7]{24}/g, 'PREBUILD');
  return JSON.parse(text.replaceAll(/"serial":\d+/g, '"serial":0'), sorted) as Json;
}

/** The engine writes these in the order of a map. */
const sorted = (key: string, value: unknown): unknown =>
  key === 'sensitive_attributes' && Array.isArray(value) ? value.map((path) => JSON.stringify(path)).sort() : value;

describe('a provider session', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = makeSandbox();
    await box.ok('template', 'push', box.template('plain', plain(1)));
  });
  afterAll(async () => {
    await box.dispose();
  });

  it('makes and claims the same state as plain runs', async () => {
    const states: Json[] = [];
    for (const flags of [[], ['--no-provider-session']]) {
      await box.ok('reconcile', ...flags);
      const [prebuild] = (await box.json('list', '--search', 'owner:prebuilds status:ready')) as readonly WorkspaceRow[];
      const made = comparable(box, prebuild?.id ?? '');
      const answer = (await box.json('claim', 'plain', '--name', 'same', ...flags)) as Answer;
      expect(answer.servedAs).toBe('warm');
      states.push([made, comparable(box, answer.workspace.id)]);
      await box.ok('delete', 'same');
    }
    expect(states[0]).toEqual(states[1]);
  });
});
