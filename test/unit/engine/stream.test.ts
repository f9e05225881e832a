import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventTail, LineSplitter, parseLine, parseStream } from '../../../src/engine/stream.ts';

const resource = { addr: 'terraform_data.x', resource_type: 'terraform_data', resource_name: 'x' };
const line = (value: object) => JSON.stringify({ '@level': 'info', '@message': 'text', ...value });

describe('parseLine', () => {
  it.each([
    [
      { type: 'planned_change', change: { resource, action: 'replace', reason: 'cannot_update' } },
      {
        type: 'planned_change',
        change: { address: 'terraform_data.x', type: 'terraform_data', action: 'replace', reason: 'cannot_update' },
      },
    ],
    [
      { type: 'planned_change', change: { resource, action: 'remove' } },
      { type: 'planned_change', change: { address: 'terraform_data.x', type: 'terraform_data', action: 'forget' } },
    ],
    [
      { type: 'resource_drift', change: { resource, action: 'delete' } },
      { type: 'resource_drift', change: { address: 'terraform_data.x', type: 'terraform_data', action: 'delete' } },
    ],
    [
      { type: 'apply_start', hook: { resource, action: 'create' } },
      { type: 'apply_start', address: 'terraform_data.x', resourceType: 'terraform_data', action: 'create' },
    ],
    [
      { type: 'apply_complete', hook: { resource, action: 'create', id_value: 'secret-looking', elapsed_seconds: 3 } },
      {
        type: 'apply_complete',
        address: 'terraform_data.x',
        resourceType: 'terraform_data',
        action: 'create',
        elapsedSeconds: 3,
      },
    ],
    [
      { type: 'apply_progress', hook: { resource, action: 'create', elapsed_seconds: 10 } },
      { type: 'apply_progress', address: 'terraform_data.x', elapsedSeconds: 10 },
    ],
    [
      { type: 'change_summary', changes: { add: 1, change: 2, remove: 3, import: 0, operation: 'apply' } },
      { type: 'change_summary', add: 1, change: 2, remove: 3, operation: 'apply' },
    ],
    [{ type: 'outputs', outputs: { token: { value: 'secret' } } }, { type: 'outputs' }],
    [
      { type: 'log', '@message': '\nInterrupt received.\n' },
      { type: 'log', message: 'Interrupt received.' },
    ],
  ])('%j', (input, expected) => {
    expect(parseLine(line(input))).toStrictEqual(expected);
  });

  it('reads a diagnostic with its place, and none of its source snippet', () => {
    const diagnostic = {
      severity: 'error',
      summary: 'Unsupported argument',
      detail: 'no "x" here',
      range: { filename: 'main.tf', start: { line: 3, column: 5 } },
      snippet: { code: 'password = "hunter2"' },
    };
    const event = parseLine(line({ type: 'diagnostic', diagnostic }));
    expect(event).toStrictEqual({
      type: 'diagnostic',
      diagnostic: {
        severity: 'error',
        summary: 'Unsupported argument',
        detail: 'no "x" here',
        address: undefined,
        file: 'main.tf',
        line: 3,
        column: 5,
      },
    });
  });

  it.each([
    [
      'a data source that is read, which the engine reports like an apply',
      line({ type: 'apply_start', hook: { resource, action: 'read' } }),
    ],
    ['a change that is none', line({ type: 'planned_change', change: { resource, action: 'noop' } })],
    ['an unknown type', line({ type: 'version', terraform: '1.11.4' })],
    ['half a line', '{"type":"apply_sta'],
    ['plain text', 'Error: something'],
    ['JSON that is no object', '[1,2]'],
    ['a line without its parts', line({ type: 'apply_start' })],
    ['an empty line', ''],
  ])('drops %s', (_name, text) => {
    expect(parseLine(text)).toBeUndefined();
  });
});

describe('parseStream', () => {
  it('tolerates a torn last line', () => {
    const text = `${line({ type: 'outputs' })}\n${line({ type: 'log', '@message': 'a' }).slice(0, -4)}`;
    expect(parseStream(text)).toStrictEqual([{ type: 'outputs' }]);
  });
});

describe('LineSplitter', () => {
  it('gives the same lines wherever the bytes are cut, also inside a character', () => {
    const bytes = Buffer.from('eins\nzwölf €\n\nlast');
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const splitter = new LineSplitter();
      const lines = [...splitter.push(bytes.subarray(0, cut)), ...splitter.push(bytes.subarray(cut)), ...splitter.flush()];
      expect(lines).toStrictEqual(['eins', 'zwölf €', '', 'last']);
    }
  });
});

describe('EventTail', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stream-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('follows a growing file and returns each event once', () => {
    const path = join(folder, 'stdout');
    const tail = new EventTail(path);
    expect(tail.read()).toStrictEqual([]);
    const first = line({ type: 'log', '@message': 'one' });
    const second = line({ type: 'log', '@message': 'two' });
    writeFileSync(path, `${first}\n${second.slice(0, 10)}`);
    expect(tail.read()).toStrictEqual([{ type: 'log', message: 'one' }]);
    expect(tail.read()).toStrictEqual([]);
    appendFileSync(path, second.slice(10));
    expect(tail.read()).toStrictEqual([]);
    expect(tail.read(true)).toStrictEqual([{ type: 'log', message: 'two' }]);
    tail.close();
  });

  it('reads more than one buffer at once', () => {
    const path = join(folder, 'stdout');
    writeFileSync(path, `${line({ type: 'log', '@message': 'x'.repeat(1000) })}\n`.repeat(300));
    const tail = new EventTail(path);
    expect(tail.read()).toHaveLength(300);
    tail.close();
  });
});
