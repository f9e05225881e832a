import { expect, it } from 'vitest';
import { fingerprint, type FingerprintInput } from '../../../src/template/fingerprint.ts';
import { coderProvider, isAtLeast, readLock } from '../../../src/template/lock.ts';

const file = (path: string, text: string) => ({ path, executable: false, bytes: Buffer.from(text) });
const base: FingerprintInput = {
  files: [file('main.tf', 'a = 1\nb = <<E\n\n# text\nE\n'), file('README.md', 'one'), file('run.sh', '# x')],
  lock: '# comment\nprovider "x" {}\n',
  modules: [{ key: 'm', source: 'git', version: '1.0.0' }],
  variables: [{ name: 'v', value: '1' }],
  engineKind: 'terraform',
  engineVersion: '1.11.4',
  accessUrl: 'http://127.0.0.1:7780',
  loader: 1,
};
const withFile = (path: string, text: string): FingerprintInput => ({
  ...base,
  files: [file(path, text), ...base.files.filter((one) => one.path !== path)],
});

it.each([
  ['a comment', withFile('main.tf', 'a = 1 # why\n\n// more\nb = <<E\n\n# text\nE\n/* end */')],
  ['the README', withFile('README.md', 'two')],
  ['the order of files', { ...base, files: [...base.files].reverse() }],
  ['the patch version of the engine', { ...base, engineVersion: '1.11.9' }],
  ['a comment of the lock file', { ...base, lock: 'provider "x" {}\n' }],
])('stays the same when only %s differs', (_what, input) => {
  expect(fingerprint(input)).toBe(fingerprint(base));
});

it.each([
  ['a value', withFile('main.tf', 'a = 2\nb = <<E\n\n# text\nE\n')],
  ['a comment sign inside a heredoc', withFile('main.tf', 'a = 1\nb = <<E\n\n# other\nE\n')],
  ['an empty line inside a heredoc', withFile('main.tf', 'a = 1\nb = <<E\n# text\nE\n')],
  ['a comment of a script', withFile('run.sh', '# y')],
  ['a new file', withFile('more.tf', '')],
  ['the executable bit', { ...base, files: base.files.map((one) => ({ ...one, executable: true })) }],
  ['the lock file', { ...base, lock: 'provider "y" {}\n' }],
  ['a module version', { ...base, modules: [{ key: 'm', source: 'git', version: '1.0.1' }] }],
  ['a variable', { ...base, variables: [{ name: 'v', value: '2' }] }],
  ['the engine', { ...base, engineKind: 'tofu' as const }],
  ['the minor version of the engine', { ...base, engineVersion: '1.12.0' }],
  ['the access URL', { ...base, accessUrl: 'http://10.0.0.1:7780' }],
  ['the loader', { ...base, loader: 2 }],
])('changes with %s', (_what, input) => {
  expect(fingerprint(input)).not.toBe(fingerprint(base));
});

it('reads providers of a lock file', () => {
  const text = `# This file is maintained automatically.

provider "registry.example/coder/coder" {
  version     = "2.20.0"
  constraints = ">= 2.4.1"
  hashes = [
    "h1:abc=",
  ]
}

provider "registry.example/hashicorp/local" {
  version = "2.5.3"
}
`;
  const locked = readLock(text);
  expect(locked).toEqual([
    { address: 'registry.example/coder/coder', version: '2.20.0' },
    { address: 'registry.example/hashicorp/local', version: '2.5.3' },
  ]);
  expect(coderProvider(locked)?.version).toBe('2.20.0');
  expect(readLock('')).toEqual([]);
});

it.each([
  ['2.4.1', '2.4.1', true],
  ['2.4.0', '2.4.1', false],
  ['2.10.0', '2.4.1', true],
  ['3.0.0', '2.4.1', true],
  ['1.99.99', '2.4.1', false],
  ['2.4.1-rc1', '2.4.1', false],
  ['2.5.0-rc1', '2.4.1', true],
])('%s is at least %s: %s', (version, minimum, expected) => {
  expect(isAtLeast(version, minimum)).toBe(expected);
});
