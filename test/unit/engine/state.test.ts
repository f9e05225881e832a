import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseState, readState } from '../../../src/engine/state.ts';

const agent = (token: string, more: object = {}) => ({ attributes: { id: `agent-${token}`, token }, ...more });
const state = (resources: readonly object[], outputs: object = {}) =>
  JSON.stringify({ version: 4, serial: 7, lineage: 'l-1', outputs, resources });
const coderAgent = (...instances: readonly object[]) => ({ mode: 'managed', type: 'coder_agent', name: 'main', instances });

describe('parseState', () => {
  it('names every instance by its address', () => {
    const text = state([
      { mode: 'data', type: 'coder_workspace', name: 'me', instances: [{ attributes: { id: 'w' } }] },
      { mode: 'managed', type: 'terraform_data', name: 'one', instances: [{ index_key: 0, attributes: { id: '1' } }] },
      { mode: 'managed', type: 'terraform_data', name: 'each', instances: [{ index_key: 'a"b', attributes: {} }] },
      { module: 'module.disk[0]', mode: 'managed', type: 'docker_volume', name: 'v', instances: [{ attributes: { id: 'v1' } }] },
    ]);
    const found = parseState(text);
    expect(found.kind === 'ok' && found.resources).toStrictEqual([
      { address: 'data.coder_workspace.me', type: 'coder_workspace', mode: 'data', id: 'w' },
      { address: 'terraform_data.one[0]', type: 'terraform_data', mode: 'managed', id: '1' },
      { address: 'terraform_data.each["a\\"b"]', type: 'terraform_data', mode: 'managed', id: undefined },
      { address: 'module.disk[0].docker_volume.v', type: 'docker_volume', mode: 'managed', id: 'v1' },
    ]);
    expect(found).toMatchObject({ serial: 7, lineage: 'l-1' });
  });

  it.each([
    ['one agent', state([coderAgent(agent('t'))]), 't'],
    ['none', state([]), undefined],
    ['several', state([coderAgent(agent('t', { index_key: 0 }), agent('u', { index_key: 1 }))]), undefined],
    ['one, and one being replaced', state([coderAgent(agent('t'), agent('old', { deposed: 'abcd' }))]), 't'],
  ])('agent token with %s', (_name, text, expected) => {
    const found = parseState(text);
    expect(found.kind === 'ok' && found.agentToken).toBe(expected);
  });

  it('leaves sensitive outputs out', () => {
    const found = parseState(state([], { url: { value: 'http://x', type: 'string' }, key: { value: 's', sensitive: true } }));
    expect(found.kind === 'ok' && found.outputs).toStrictEqual({ url: 'http://x' });
  });

  it.each([
    ['', 'empty'],
    ['  \n', 'empty'],
    ['{"version": 4, "serial": 1, "lin', 'torn'],
    ['[]', 'torn'],
    ['{"version": 3}', 'torn'],
  ])('%j is %s', (text, kind) => {
    expect(parseState(text).kind).toBe(kind);
  });
});

describe('readState', () => {
  it('tells a missing file from an empty one, and throws when it cannot look', () => {
    const folder = mkdtempSync(join(tmpdir(), 'state-'));
    const path = join(folder, 'terraform.tfstate');
    expect(readState(path)).toStrictEqual({ kind: 'missing' });
    writeFileSync(path, '');
    expect(readState(path)).toStrictEqual({ kind: 'empty' });
    expect(() => readState(folder)).toThrow(/EISDIR/);
    rmSync(folder, { recursive: true });
  });
});
