import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedLines, unifiedDiff } from '../../../src/lint/diff.ts';
import { applyEdits, byFile, compatible } from '../../../src/lint/edits.ts';
import type { Edit } from '../../../src/lint/model.ts';
import { bare } from './formats/reports.ts';

const edit = (start: number, end: number, text: string, file = 'main.tf'): Edit => ({ file, start, end, text });
const fixing = (address: string, ...edits: readonly Edit[]) => bare({ address, fix: { description: 'd', edits } });

describe('edits', () => {
  it.each([
    ['abc', [edit(1, 2, 'X')], 'aXc'],
    ['abc', [edit(2, 3, 'Z'), edit(0, 1, 'X')], 'XbZ'],
    ['abc', [edit(3, 3, '!')], 'abc!'],
    ['abc', [], 'abc'],
    ['a\r\nb', [edit(1, 1, '\nx\r\n')], 'a\r\nx\r\n\r\nb'],
    ['a\nb', [edit(1, 1, '\nx')], 'a\nx\nb'],
    ['abc', [edit(0, 2, 'X'), edit(1, 3, 'Y')], undefined],
    ['abc', [edit(2, 4, 'X')], undefined],
    ['abc', [edit(2, 1, 'X')], undefined],
  ])('%j with %j is %j', (text, edits, result) => {
    expect(applyEdits(text, edits)).toBe(result);
  });

  it('are grouped by file', () => {
    expect(
      [...byFile([edit(0, 0, 'a'), edit(1, 1, 'b', 'x.tf'), edit(2, 2, 'c')])].map(([file, own]) => [file, own.length]),
    ).toEqual([
      ['main.tf', 2],
      ['x.tf', 1],
    ]);
  });

  it.each([
    ['apart', [fixing('a', edit(0, 1, 'x')), fixing('b', edit(5, 6, 'y'))], 2],
    ['of one resource', [fixing('a', edit(0, 1, 'x')), fixing('a', edit(5, 6, 'y'))], 1],
    ['of instances of one resource', [fixing('a[0]', edit(0, 1, 'x')), fixing('a["b"]', edit(5, 6, 'y'))], 1],
    ['that touch', [fixing('a', edit(0, 1, 'x')), fixing('b', edit(1, 1, 'y'))], 1],
    ['equal ones', [fixing('a[0]', edit(0, 1, 'x')), fixing('a[1]', edit(0, 1, 'x'))], 2],
    ['in other files', [fixing('a', edit(0, 1, 'x')), fixing('b', edit(0, 1, 'y', 'x.tf'))], 2],
    ['none', [bare()], 0],
  ])('of findings together: %s', (_name, findings, n) => {
    const chosen = compatible(findings);
    expect(chosen.findings).toHaveLength(n);
    const [first] = chosen.findings;
    if (first !== undefined) expect(chosen.edits).toEqual(expect.arrayContaining([...(first.fix?.edits ?? [])]));
  });

  it('equal edits are applied once', () => {
    expect(compatible([fixing('a[0]', edit(0, 0, 'x')), fixing('a[1]', edit(0, 0, 'x'))]).edits).toHaveLength(1);
  });
});

describe('diffs', () => {
  it('say what changed, with three lines around it', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\n';
    expect(unifiedDiff('x/main.tf', before, before.replace('d\n', 'D\n'))).toBe(
      '--- a/x/main.tf\n+++ b/x/main.tf\n@@ -1,7 +1,7 @@\n a\n b\n c\n-d\n+D\n e\n f\n g\n',
    );
  });

  it('are empty for equal texts', () => {
    expect(unifiedDiff('f', 'a', 'a')).toBe('');
  });

  it('in short are the changed lines and where they are', () => {
    expect(changedLines('a\nb\r\nc\n', 'a\nX\nc\n')).toEqual({ line: 2, lines: ['-b', '+X'] });
  });

  it('can be applied by git', () => {
    const folder = mkdtempSync(join(tmpdir(), 'prebuilds-diff-'));
    try {
      spawnSync('git', ['init', '-q', folder]);
      const line = fc.constantFrom('a\n', 'b\n', 'c\n', '\n', 'd\r\n', '  e\n');
      const text = fc
        .tuple(fc.array(line, { maxLength: 25 }), fc.constantFrom('', 'end'))
        .map(([lines, end]) => lines.join('') + end);
      fc.assert(
        fc.property(text, text, (before, after) => {
          fc.pre(before !== after && before !== '' && after !== '');
          const file = join(folder, 'main.tf');
          writeFileSync(file, before);
          const { status, stderr } = spawnSync('git', ['apply', '--unidiff-zero', '--whitespace=nowarn', '-'], {
            cwd: folder,
            input: unifiedDiff('main.tf', before, after),
            encoding: 'utf8',
          });
          expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
          expect(readFileSync(file, 'utf8')).toBe(after);
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 30_000);
});
