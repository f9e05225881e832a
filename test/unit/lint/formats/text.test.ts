import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeFrame } from '../../../../src/lint/formats/frame.ts';
import { PLAIN } from '../../../../src/lint/formats/format.ts';
import { text } from '../../../../src/lint/formats/text.ts';
import { columns, joined, plain, wrap } from '../../../../src/lint/formats/text-tools.ts';
import { positionsOf } from '../../../../src/template/syntax/positions.ts';
import { bare, finding, options, output, report } from './reports.ts';

describe('text', () => {
  it('shows code, chain, cause, what is ignored, the fix and where to read on', () => {
    expect(text(output([report([finding()])]), options())).toBe(`docker: 1 error

error claim/replace docker_container.w: env (certain)
  docker/main.tf:3:10
  it is rebuilt
    2 |   image = "x"
    3 |     env   = ["OWNER=\${data.coder_workspace_owner.me.name}"]
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  because  \`env\` follows the owner (docker/main.tf:3:11)
  cause    data.coder_workspace_owner.me.name (docker/main.tf:3:20)
  ignored  image
  fix      add \`env\` to ignore_changes
    docker/main.tf:5
    -    ignore_changes = [image]
    +    ignore_changes = [image, env]
  rule     prebuilds lint --explain claim/replace

1 error in 1 template (1 file)
`);
  });

  it('groups by template, counts what is suppressed, and leaves clean templates out', () => {
    const reports = [
      report([bare({ severity: 'warning' }), bare({ suppressed: { reason: 'why' } })], { dir: 'b' }),
      report([], { dir: 'a' }),
    ];
    const shown = text(output(reports, { files: 7, staleBaseline: 2 }), options());
    expect(shown).toMatch(/^b: 1 warning\n/);
    expect(shown).not.toContain('a:');
    expect(shown).toContain('\n1 warning in 2 templates (7 files); 1 suppressed; 2 baseline entries no longer needed\n');
  });

  it('says that nothing was found', () => {
    expect(text(output([report([])]), options())).toBe('no findings in 1 template (1 file)\n');
  });

  it('paints only through the style', () => {
    const style = { ...PLAIN, error: (one: string) => `<e>${one}</e>`, added: (one: string) => `<a>${one}</a>` };
    const shown = text(output([report([finding()])]), options({ style }));
    expect(shown).toContain('<e>error</e> claim/replace');
    expect(shown).toContain('| ' + ' '.repeat(12) + '<e>^^');
    expect(shown).toContain('<a>+    ignore_changes = [image, env]</a>');
  });

  it('links to the published pages when there are some', () => {
    expect(text(output([report([bare()])]), options({ docsUrl: 'https://docs.example.com/rules/' }))).toContain(
      'rule     https://docs.example.com/rules/claim/replace.md\n',
    );
  });

  it.each([60, 80, 100])('wraps sentences and cuts code at %i columns', (width) => {
    const message = 'words that go on and on '.repeat(20).trim();
    const shown = text(output([report([finding({ message })])]), options({ width }));
    const lines = shown.split('\n').filter((line) => !line.includes('docker_container.w') && !line.includes('docker/main.tf'));
    for (const line of lines) expect(columns(line), line).toBeLessThanOrEqual(width);
    expect(shown.replaceAll(/\s+/g, ' ')).toContain(message);
  });

  it('never prints control characters of a template', () => {
    const evil = 'a\u001b[31m\r\n\u202eb';
    const shown = text(
      output([report([finding({ message: evil, address: evil, attribute: evil, ignored: [evil] })])]),
      options(),
    );
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
  });
});

describe('code frames', () => {
  const frame = (source: string, start: number, end: number, width?: number) =>
    codeFrame(source, positionsOf('f', source).range(start, end), { paint: (one) => one, dim: (one) => one, width });

  it.each([
    ['one line', 'ab = 1', 5, 6, ['1 | ab = 1', '  |      ^']],
    ['the line before', 'x\nab', 2, 4, ['1 | x', '2 | ab', '  | ^^']],
    ['no empty line before', '\nab', 1, 3, ['2 | ab', '  | ^^']],
    ['a tab as four columns', '\tb', 1, 2, ['1 |     b', '  |     ^']],
    ['a wide character as two', '界b', 1, 2, ['1 | 界b', '  |   ^']],
    ['CRLF', 'a\r\nb\r\n', 3, 4, ['1 | a', '2 | b', '  | ^']],
    ['an empty range', 'ab', 1, 1, ['1 | ab', '  |  ^']],
    ['several lines', 'a [\n1\n]', 2, 7, ['1 | a [', '  |   ^', '2 | 1', '3 | ]']],
  ])('%s', (_name, source, start, end, lines) => {
    expect(frame(source, start, end)).toEqual(lines);
  });

  it('shows four lines of a long range', () => {
    const source = Array.from({ length: 12 }, (_, at) => `l${at}`).join('\n');
    expect(frame(source, 0, source.length)).toEqual(['1 | l0', '  | ^^', '2 | l1', '3 | l2', '4 | l3', '  | ...']);
  });

  it('keeps the marked part in sight of a narrow terminal', () => {
    const source = `${'x'.repeat(300)}MARK${'y'.repeat(300)}`;
    const [code = '', under = ''] = frame(source, 300, 304, 50);
    expect(code.length).toBeLessThanOrEqual(50);
    expect(code.slice(under.indexOf('^'), under.lastIndexOf('^') + 1)).toBe('MARK');
  });

  it('has nothing to show outside the text', () => {
    expect(codeFrame('', positionsOf('f', '').range(0, 0), { paint: String, dim: String, width: undefined })).toEqual([]);
  });

  it('the underline stands under the marked text, whatever the line holds', () => {
    const line = fc.string({ unit: fc.constantFrom('a', ' ', '\t', '界', 'é', '\u0301', '"', '$') });
    fc.assert(
      fc.property(line, line, line, (before, marked, after) => {
        fc.pre(before.trim() !== '' && marked.trim() !== '');
        const source = `${before}X${marked}X${after}`;
        const [code = '', under = ''] = frame(source, before.length, before.length + marked.length + 2);
        const from = under.indexOf('^');
        let at = 0;
        let seen = '';
        for (const char of code) {
          if (at >= from && at <= under.lastIndexOf('^')) seen += char;
          at += columns(char);
        }
        expect(seen.replaceAll('\u0301', '')).toBe(`X${marked.replaceAll('\t', '    ')}X`.replaceAll('\u0301', ''));
      }),
    );
  });
});

describe('text tools', () => {
  it.each([
    ['a/b', 'main.tf', 'a/b/main.tf'],
    ['.', 'main.tf', 'main.tf'],
    ['./a/', 'm/x.tf', 'a/m/x.tf'],
    ['a/b', '../m/x.tf', 'a/m/x.tf'],
    ['..', '../x.tf', '../../x.tf'],
    ['/t/a', '../x.tf', '/t/x.tf'],
    ['', 'x.tf', 'x.tf'],
  ])('joins %j and %j to %j', (dir, file, path) => {
    expect(joined(dir, file)).toBe(path);
  });

  it('wrapping keeps the words and the width', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1 }),
        fc.integer({ min: 10, max: 40 }),
        (words, width) => {
          const lines = wrap(words.join(' '), width);
          expect(lines.join(' ')).toBe(words.join(' '));
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it('plain text has no control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (any) => {
        expect(plain(any)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});
