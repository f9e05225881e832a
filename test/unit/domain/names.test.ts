import { describe, expect, it } from 'vitest';
import { checkName, formatPoolName, nameProblem, parsePoolName } from '../../../src/domain/names.ts';
import { nearest } from '../../../src/domain/nearest.ts';
import { UserError } from '../../../src/kit/errors.ts';

describe('nameProblem', () => {
  it.each(['a', 'Dev', 'my-dev-2', '9', 'a'.repeat(32)])('accepts %s', (name) => {
    expect(nameProblem('workspace', name)).toBeUndefined();
    expect(() => {
      checkName('workspace', name);
    }).not.toThrow();
  });
  it.each([
    ['', 'the workspace name is empty'],
    ['a'.repeat(33), 'has 33 characters; at most 32'],
    ['a_b', 'characters other than'],
    ['../x', 'characters other than'],
    ['a b', 'characters other than'],
    ['ä', 'characters other than'],
    ['a\n', 'characters other than'],
    ['-a', 'begins or ends with a hyphen'],
    ['a-', 'begins or ends with a hyphen'],
    ['a--b', 'two in a row'],
  ])('refuses %j', (name, problem) => {
    expect(nameProblem('workspace', name)).toContain(problem);
    expect(() => {
      checkName('workspace', name);
    }).toThrow(UserError);
  });
});

describe('parsePoolName', () => {
  it.each([
    ['docker', 'docker', undefined],
    ['docker/large', 'docker', 'large'],
    ['docker/GoLand: Large', 'docker', 'GoLand: Large'],
    ['docker/a/b', 'docker', 'a/b'],
    ['docker//', 'docker', '/'],
  ])('%s', (text, template, preset) => {
    expect(parsePoolName(text)).toEqual({ template, preset });
    expect(formatPoolName({ template, preset })).toBe(text);
  });
  it.each(['', '/', 'docker/', '/large', 'a b/c'])('refuses %j', (text) => {
    expect(() => parsePoolName(text)).toThrow(UserError);
  });
});

describe('nearest', () => {
  it.each([
    ['cpu', ['cpus', 'region'], 'cpus'],
    ['Regoin', ['cpus', 'region'], 'region'],
    ['debgu', ['note', 'debug'], 'debug'],
    ['zono', ['cpus', 'zoom'], undefined],
    ['xyz', ['cpus', 'region'], undefined],
    ['a', [], undefined],
    ['a'.repeat(200), ['a'.repeat(199)], undefined],
  ])('%s of %j is %s', (word, known, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });
});
