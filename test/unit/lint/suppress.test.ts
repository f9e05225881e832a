import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding, RuleId } from '../../../src/lint/model.ts';
import { applySuppressions, readDirective } from '../../../src/lint/suppress.ts';
import type { SyntaxParser } from '../../../src/template/syntax/ast.ts';
import { createSyntaxParser } from '../../../src/template/syntax/parser.ts';
import { bare, rangeOf } from './formats/reports.ts';

let parser: SyntaxParser;
beforeAll(async () => {
  parser = await createSyntaxParser();
});

interface Given {
  readonly path?: string;
  readonly today?: string;
  readonly ran?: (rule: RuleId, file: string) => boolean;
  readonly rule?: RuleId;
}

/** Findings of claim/replace at each named piece of the text, after suppressions: what is said about them and about the comments. */
function run(text: string, pieces: readonly string[], given: Given = {}): readonly string[] {
  const path = given.path ?? 'main.tf';
  const findings = pieces.map((piece) =>
    bare({ rule: given.rule ?? 'claim/replace', range: rangeOf(piece, path, text), message: piece }),
  );
  return applySuppressions({
    findings,
    files: [parser.parseFile(path, text)],
    today: given.today ?? '2026-01-01',
    ran: given.ran ?? (() => true),
  }).map(describeFinding);
}

const describeFinding = ({ rule, message, suppressed, range }: Finding): string =>
  rule.startsWith('suppression/') ? `${rule}@${String(range.line)}: ${message}` : `${message}: ${suppressed?.reason ?? 'open'}`;

describe('the text of a suppression', () => {
  const one = { rules: ['claim/replace'], reason: 'why', until: undefined, wholeFile: false };
  it.each([
    ['prebuilds-lint: ignore claim/replace -- why', one],
    ['prebuilds-lint:ignore claim/replace  --  why', one],
    [
      'prebuilds-lint: ignore claim/replace, ignore/all -- a -- b',
      { ...one, rules: ['claim/replace', 'ignore/all'], reason: 'a -- b' },
    ],
    ['prebuilds-lint: ignore claim/replace ignore/all -- why', { ...one, rules: ['claim/replace', 'ignore/all'] }],
    ['prebuilds-lint: ignore claim/replace until=2028-02-29 -- why', { ...one, until: '2028-02-29' }],
    ['prebuilds-lint: ignore-file claim/replace\n -- why', { ...one, wholeFile: true }],
    ['see prebuilds-lint: ignore claim/replace', undefined],
    ['tflint-ignore: x', undefined],
  ])('%j', (text, directive) => {
    expect(readDirective(text)).toEqual(directive);
  });

  it.each([
    ['ignore claim/replace', 'it gives no reason'],
    ['ignore claim/replace --', 'it gives no reason'],
    ['ignore claim/replace --  ', 'it gives no reason'],
    ['ignore -- why', 'it names no rule'],
    ['ignore', 'it names no rule'],
    ['', '`` is neither'],
    ['ignroe claim/replace -- why', '`ignroe` is neither'],
    ['ignore all -- why', '`all` is not a rule'],
    ['ignore claim/* -- why', '`claim/*` is not a rule'],
    ['ignore claim/replce -- why', 'did you mean `claim/replace`?'],
    ['ignore syntax -- why', '`syntax` cannot be suppressed'],
    ['ignore suppression/unused -- why', '`suppression/unused` cannot be suppressed'],
    ['ignore claim/replace until=soon -- why', '`until=soon` is not one date'],
    ['ignore claim/replace until=2027-02-29 -- why', 'is not one date'],
    ['ignore claim/replace until=2027-01-01 until=2028-01-01 -- why', 'is not one date'],
  ])('%j is invalid', (text, problem) => {
    expect(readDirective(`prebuilds-lint: ${text}`)).toContain(problem);
  });
});

const IGNORE = 'prebuilds-lint: ignore claim/replace -- why';

describe('what a suppression counts for', () => {
  it.each<readonly [name: string, text: string, pieces: readonly string[], said: readonly string[]]>([
    ['its line', `resource "a" "b" {\n  x = 1 # ${IGNORE}\n  y = 2\n}\n`, ['x = 1', 'y = 2'], ['x = 1: why', 'y = 2: open']],
    [
      'the line below',
      `resource "a" "b" {\n  # ${IGNORE}\n  x = 1\n  y = 2\n}\n`,
      ['x = 1', 'y = 2'],
      ['x = 1: why', 'y = 2: open'],
    ],
    [
      'below other comments',
      `resource "a" "b" {\n  // ${IGNORE}\n  # more\n  /* and\n more */\n  x = 1\n}\n`,
      ['x = 1'],
      ['x = 1: why'],
    ],
    [
      'not beyond an empty line',
      `resource "a" "b" {\n  # ${IGNORE}\n\n  x = 1\n}\n`,
      ['x = 1'],
      ['x = 1: open', 'suppression/unused@2: this suppression of claim/replace suppresses nothing'],
    ],
    [
      'the whole block, above it',
      `# ${IGNORE}\nresource "a" "b" {\n  x = 1\n  c {\n    y = 2\n  }\n}\n`,
      ['x = 1', 'y = 2'],
      ['x = 1: why', 'y = 2: why'],
    ],
    [
      'the whole block, behind its head',
      `resource "a" "b" { # ${IGNORE}\n  x = 1\n}\n`,
      ['resource', 'x = 1'],
      ['resource: why', 'x = 1: why'],
    ],
    [
      'only that block',
      `resource "a" "b" {\n  # ${IGNORE}\n  c {\n    y = 2\n  }\n  x = 1\n}\n`,
      ['y = 2', 'x = 1'],
      ['y = 2: why', 'x = 1: open'],
    ],
    ['a block comment', `resource "a" "b" {\n  /* ${IGNORE} */\n  x = 1\n}\n`, ['x = 1'], ['x = 1: why']],
    [
      'a long value, above it',
      `resource "a" "b" {\n  # ${IGNORE}\n  x = [\n    "p",\n  ]\n}\n`,
      ['x = [', '"p"'],
      ['x = [: why', '"p": why'],
    ],
    [
      'one element of it',
      `resource "a" "b" {\n  x = [\n    "p", # ${IGNORE}\n    "q",\n  ]\n}\n`,
      ['"p"', '"q"'],
      ['"p": why', '"q": open'],
    ],
    [
      'one entry of an object',
      `resource "a" "b" {\n  x = merge({\n    # ${IGNORE}\n    p = 1\n    q = 2\n  })\n}\n`,
      ['p = 1', 'q = 2'],
      ['p = 1: why', 'q = 2: open'],
    ],
    ['a value, at its end', `resource "a" "b" {\n  x = [\n    "p",\n  ] # ${IGNORE}\n}\n`, ['x = ['], ['x = [: why']],
    [
      'nothing behind the brace of a block',
      `resource "a" "b" {\n  x = 1\n} # ${IGNORE}\n`,
      ['x = 1'],
      ['x = 1: open', 'suppression/unused@3: this suppression of claim/replace suppresses nothing'],
    ],
    [
      'a file',
      `locals {}\n# ${IGNORE.replace('ignore', 'ignore-file')}\nresource "a" "b" {\n  x = 1\n}\n`,
      ['x = 1'],
      ['x = 1: why'],
    ],
  ])('%s', (_name, text, pieces, said) => {
    expect(run(text, pieces)).toEqual(said);
  });

  it('only its rules', () => {
    const text = `resource "a" "b" {\n  x = 1 # ${IGNORE}\n}\n`;
    expect(run(text, ['x = 1'], { rule: 'drift/replace' })).toEqual([
      'x = 1: open',
      'suppression/unused@2: this suppression of claim/replace suppresses nothing',
    ]);
  });

  it('in JSON, the object that holds it', () => {
    const text = JSON.stringify({ resource: { a: { b: { '//': IGNORE, x: '${1}' }, c: { x: '${2}' } } } }, undefined, 2);
    expect(run(text, ['"${1}"', '"${2}"'], { path: 'main.tf.json' })).toEqual(['"${1}": why', '"${2}": open']);
  });

  it('in JSON at the top, the file', () => {
    const text = JSON.stringify({ resource: { a: { b: { x: '${1}', '//': IGNORE } }, '//': IGNORE } });
    const [first] = run(text, ['"${1}"'], { path: 'main.tf.json' });
    expect(first).toBe('"${1}": why');
  });
});

describe('comments that do not count', () => {
  const text = (comment: string) => `resource "a" "b" {\n  x = 1 # ${comment}\n}\n`;

  it('without a reason', () => {
    expect(run(text('prebuilds-lint: ignore claim/replace'), ['x = 1'])).toEqual([
      'x = 1: open',
      'suppression/invalid@2: this suppression has no effect: it gives no reason: write ` -- ` and the reason behind the rule',
    ]);
  });

  it.each([
    ['2026-06-01', ['x = 1: why']],
    ['2026-05-31', ['x = 1: open', 'suppression/unused@2: this suppression of claim/replace ended with 2026-05-31']],
  ])('after their day: %s', (until, said) => {
    const comment = IGNORE.replace(' --', ` until=${until} --`);
    expect(run(text(comment), ['x = 1'], { today: '2026-06-01' })).toEqual(said);
  });

  it('are unused for each rule that suppresses nothing, unless it was not looked for', () => {
    const comment = 'prebuilds-lint: ignore claim/replace, drift/replace, ignore/all -- why';
    expect(run(text(comment), ['x = 1'], { ran: (rule) => rule !== 'ignore/all' })).toEqual([
      'x = 1: why',
      'suppression/unused@2: this suppression of drift/replace suppresses nothing',
    ]);
  });

  it('are not called unused in a module outside the template', () => {
    expect(run(text(IGNORE), [], { path: '../module/main.tf' })).toEqual([]);
  });

  it('in strings and heredocs are none', () => {
    const inString = `resource "a" "b" {\n  x = "# ${IGNORE}"\n  y = <<-EOT\n    # ${IGNORE}\n  EOT\n}\n`;
    expect(run(inString, ['x = '])).toEqual(['x = : open']);
  });
});

it('a finding at the end of a comment-only file is not an error', () => {
  expect(run(`# ${IGNORE}`, [])).toEqual(['suppression/unused@1: this suppression of claim/replace suppresses nothing']);
});
