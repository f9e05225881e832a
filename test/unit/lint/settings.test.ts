import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/kit/errors.ts';
import { globMatcher } from '../../../src/lint/glob.ts';
import { extendedFiles, mergeSettings, parseSettings } from '../../../src/lint/settings.ts';
import { levelOf, NO_SETTINGS, withLevel, type Settings } from '../../../src/lint/settings-model.ts';
import { bare } from './formats/reports.ts';

const FOLDER = '/repo';
const settings = (...texts: readonly string[]): Settings =>
  mergeSettings(texts.map((text, at) => ({ folder: at === 0 ? FOLDER : `${FOLDER}/sub`, content: parseSettings(text, 'f') })));

function problem(text: string): { readonly message: string; readonly hint: string | undefined } {
  try {
    parseSettings(text, 'f.yaml');
  } catch (error) {
    if (error instanceof UserError) return { message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('what is wrong in a settings file', () => {
  it.each([
    ['rules:\n  claim/replace: warning\nfail_onn: error\n', 'f.yaml:3: unknown key `fail_onn`', 'did you mean `fail_on`?'],
    [
      'nonsense: 1\n',
      'f.yaml:1: unknown key `nonsense`',
      'known here: extends, rules, overrides, ignore, facts, fail_on, docs_url',
    ],
    [
      'overrides:\n  - paths: [a]\n    rules: {}\n    rule: {}\n',
      'f.yaml:4: unknown key `overrides.0.rule`',
      'did you mean `rules`?',
    ],
    ['facts:\n  acme_vm:\n    force_nev: [a]\n', 'f.yaml:3: unknown key `facts.acme_vm.force_nev`', 'did you mean `force_new`?'],
    [
      '\nrules:\n  claim/replce: off\n',
      'f.yaml:3: `rules.claim/replce`: is not a rule; did you mean `claim/replace`?',
      undefined,
    ],
    ['rules:\n  syntax: off\n', 'f.yaml:2: `rules.syntax`: is always an error', undefined],
    ['rules:\n  syntax/*: off\n', 'f.yaml:2: `rules.syntax/*`: is always an error', undefined],
    ['rules:\n  claim/replace: fatal\n', 'f.yaml:2: `rules.claim/replace`: must be error, warning, notice or off', undefined],
    ['fail_on: off\n', 'f.yaml:1: `fail_on`: must be error, warning, notice or never', undefined],
    ['ignore: []\n', 'f.yaml:1: `ignore`:', undefined],
    ['ignore: a\n', 'f.yaml:1: `ignore`:', undefined],
    [
      'facts:\n  acme_vm:\n    force_new: ["disk[0]"]\n',
      'f.yaml:3: `facts.acme_vm.force_new.0`: must be a dotted path',
      undefined,
    ],
    ['facts:\n  ACME: {}\n', 'f.yaml:2: `facts.ACME`: is not a resource type', undefined],
    ['docs_url: javascript:1\n', 'f.yaml:1: `docs_url`: must be an http or https URL', undefined],
    ['- a\n', 'f.yaml:1: the file:', undefined],
    ['rules: {a\n', 'is not valid YAML at column', undefined],
    ['rules:\n  ignore/all: off\n  ignore/all: off\n', 'f.yaml:3: is not valid YAML', undefined],
  ])('%j', (text, message, hint) => {
    const found = problem(text);
    expect(found.message).toContain(message);
    if (hint !== undefined) expect(found.hint).toBe(hint);
  });

  it('aliases that grow without end are refused', () => {
    const text = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefghij'.split('').map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[at]!}`).join(', ')}]`),
    ].join('\n');
    expect(problem(text).message).toContain('f.yaml:1: cannot be read');
  });
});

describe('what settings say', () => {
  it('an empty file says nothing', () => {
    expect(settings('', '# only a comment\n')).toEqual({ ...NO_SETTINGS, ignores: expect.any(Function) as unknown });
  });

  it('a rule wins over its family, wherever it stands', () => {
    for (const text of ['rules:\n  ignore/*: off\n  ignore/all: error\n', 'rules:\n  ignore/all: error\n  ignore/*: off\n']) {
      expect(levelOf(settings(text), 'ignore/all', '/repo/x.tf')).toBe('error');
      expect(levelOf(settings(text), 'ignore/unused', '/repo/x.tf')).toBe('off');
      expect(levelOf(settings(text), 'claim/replace', '/repo/x.tf')).toBeUndefined();
    }
  });

  it('later files win rule by rule, type by type', () => {
    const merged = settings(
      'rules: { claim/replace: warning, ignore/all: error }\nfail_on: never\nfacts: { acme_vm: { force_new: [a] }, acme_net: {} }\n',
      'rules: { claim/replace: "off" }\nfail_on: notice\nfacts: { acme_vm: { update_in_place: [b] } }\n',
    );
    expect(levelOf(merged, 'claim/replace', '/repo/x.tf')).toBe('off');
    expect(levelOf(merged, 'ignore/all', '/repo/x.tf')).toBe('error');
    expect(merged.failOn).toBe('notice');
    expect(merged.facts).toEqual({ acme_vm: { update_in_place: ['b'] }, acme_net: {} });
  });

  it('overrides and ignored paths are relative to the file that has them', () => {
    const merged = settings(
      'overrides:\n  - { paths: ["legacy/**"], rules: { claim/replace: notice } }\nignore: [examples]\n',
      'overrides:\n  - { paths: [legacy], rules: { claim/replace: "off" } }\nignore: ["*.tf"]\n',
    );
    const level = (file: string) => levelOf(merged, 'claim/replace', file);
    expect(level('/repo/legacy/main.tf')).toBe('notice');
    expect(level('/repo/sub/legacy/main.tf')).toBe('off');
    expect(level('/repo/main.tf')).toBeUndefined();
    expect(level('/elsewhere/legacy/main.tf')).toBeUndefined();
    expect(['/repo/examples/a/main.tf', '/repo/sub/main.tf', '/repo/main.tf', '/repo/sub/a/main.tf'].map(merged.ignores)).toEqual(
      [true, true, false, false],
    );
  });

  it.each([
    ['extends: a.yaml', ['a.yaml']],
    ['extends: [a.yaml, b.yaml]', ['a.yaml', 'b.yaml']],
    ['', []],
  ])('%j builds on %j', (text, files) => {
    expect(extendedFiles(parseSettings(text, 'f'))).toEqual(files);
  });
});

describe('findings under settings', () => {
  const file = '/repo/a/main.tf';

  it('take the level, go away, or stay', () => {
    expect(withLevel(settings('rules: { claim/replace: notice }'), bare(), file)?.severity).toBe('notice');
    expect(withLevel(settings('rules: { claim/replace: "off" }'), bare(), file)).toBeUndefined();
    expect(withLevel(settings('ignore: [a]'), bare(), file)).toBeUndefined();
    expect(withLevel(NO_SETTINGS, bare(), file)).toEqual(bare());
  });

  it('what cannot be read stays an error, whatever the settings are', () => {
    const syntax = bare({ rule: 'syntax' });
    expect(withLevel(settings('ignore: ["**"]'), syntax, file)).toEqual(syntax);
    expect(levelOf(settings('rules: { claim/*: "off" }'), 'syntax', file)).toBeUndefined();
  });
});

describe('patterns', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'a/b/c', true],
    ['a', 'ab', false],
    ['a', 'b/a', false],
    ['**/a', 'a', true],
    ['**/a', 'b/c/a/d', true],
    ['**/a', 'b/ca', false],
    ['a/**', 'a/b/c', true],
    ['a/*', 'a/b', true],
    ['*.tf', 'main.tf', true],
    ['*.tf', 'a/main.tf', false],
    ['**/*.tf', 'a/b/main.tf', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['{a,b}/x', 'b/x', true],
    ['{a,b}/x', 'c/x', false],
    ['./a/', 'a/b', true],
    ['.', 'anything/at/all', true],
    ['a.b', 'axb', false],
    ['a(b)+[c]', 'a(b)+[c]', true],
  ])('%j on %j: %s', (pattern, path, matches) => {
    expect(globMatcher(pattern)(path)).toBe(matches);
  });

  it('without wildcards, a pattern is the path itself and what is below it', () => {
    const name = fc.stringMatching(/^[a-z.+()^$[\]|\\-]{1,6}$/).filter((one) => !/^\.+$/.test(one));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), name, (names, other) => {
        const path = names.join('/');
        expect(globMatcher(path)(path)).toBe(true);
        expect(globMatcher(path)(`${path}/${other}`)).toBe(true);
        expect(globMatcher(path)(`${path}${other}`)).toBe(false);
      }),
    );
  });
});
