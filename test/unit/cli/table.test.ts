import { describe, expect, it } from 'vitest';
import { renderTable } from '../../../src/cli/render/table.ts';

const columns = [{ head: 'NAME' }, { head: 'N', right: true }, { head: 'EMPTY' }, { head: 'LAST' }];
const options = (width: number | undefined) => ({ width, head: (text: string) => text });
const rows = (count: number) => Array.from({ length: count }, (_none, n) => [`row-${String(n)}`, String(n * n), '', 'x']);

describe('a table on a narrow terminal', () => {
  const spare = [{ head: 'NAME' }, { head: 'A', spare: 1 }, { head: 'B', spare: 2 }, { head: 'C' }];
  const row = ['a-long-name', 'aaaa', 'bbbb', 'cccc'];
  it.each([
    [undefined, 'a-long-name  aaaa  bbbb  cccc'],
    [29, 'a-long-name  aaaa  bbbb  cccc'],
    [28, 'a-long-name  aaaa  cccc'],
    [20, 'a-long-name  cccc'],
    [15, 'a-long-n…  cccc'],
  ])('of %s columns leaves out what can be spared before it cuts a name', (width, line) => {
    expect(renderTable(spare, [row], options(width)).split('\n')[1]).toBe(line);
  });
});

describe('wide characters', () => {
  const columns = [{ head: 'NAME' }, { head: 'LAST' }];
  it('are cut only where they do not fit', () => {
    const row = ['日本語の名前', 'x'];
    expect(renderTable(columns, [row], options(undefined)).split('\n')[1]).toBe('日本語の名前  x');
    expect(renderTable(columns, [row], options(18)).split('\n')).toEqual(['NAME          LAST', '日本語の名前  x']);
    expect(renderTable(columns, [row], options(15)).split('\n')).toEqual(['NAME       LAST', '日本語の…  x']);
  });
});

describe('a long table', () => {
  it('lays out every row like the first ones, whatever their number', () => {
    const lines = renderTable(columns, rows(230), options(undefined)).split('\n');
    expect(lines).toHaveLength(231);
    expect(lines[0]).toBe('NAME         N  LAST');
    expect(lines[1]).toBe('row-0        0  x');
    expect(lines[230]).toBe('row-229  52441  x');
  });

  it('gives plain rows the same layout as rows with wide characters or cut cells', () => {
    const wide = [...rows(120), ['日本', '7', '', 'y'], ...rows(3)];
    const lines = renderTable(columns, wide, options(undefined)).split('\n');
    expect(lines[1]).toBe('row-0        0  x');
    expect(lines[121]).toBe('日本         7  y');
    expect(lines[124]).toBe('row-2        4  x');
    const cut = renderTable(
      columns,
      [...rows(60), ['a-name-that-is-much-too-long', '1', '', 'z'], ...rows(60)],
      options(24),
    ).split('\n');
    expect(cut.every((line) => line.length <= 24)).toBe(true);
    expect(cut[61]).toMatch(/^a-name-.*…/);
    expect(cut[121]).toMatch(/^row-59 +3481 {2}x$/);
  });
});
