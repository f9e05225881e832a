import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: {
    readonly steps: readonly { readonly id?: string; readonly env: Readonly<Record<string, string>>; readonly run: string }[];
  };
}

interface Hook {
  readonly id: string;
  readonly entry: string;
  readonly files: string;
}

const action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8')) as Action;
const hooks = parse(readFileSync(join(ROOT, '.pre-commit-hooks.yaml'), 'utf8')) as readonly Hook[];

/** Runs the step of the action with a `prebuilds` that writes down how it was called and exits with `code`. */
function runAction(env: Readonly<Record<string, string>>, code = 0) {
  const dir = mkdtempSync(join(tmpdir(), 'prebuilds-action-'));
  try {
    const program = join(dir, 'prebuilds');
    writeFileSync(
      program,
      `#!/bin/sh\nfor one; do printf '[%s]' "$one"; done >>"${dir}/calls"\necho >>"${dir}/calls"\nexit ${code}\n`,
    );
    chmodSync(program, 0o755);
    const step = action.runs.steps.find(({ id }) => id === 'lint');
    const empty = Object.fromEntries(Object.keys(step?.env ?? {}).map((name) => [name, '']));
    const { status } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? ''], {
      cwd: dir,
      env: { PATH: `${dir}:/usr/bin:/bin`, GITHUB_OUTPUT: join(dir, 'output'), ...empty, ...env },
    });
    const calls = readFileSync(join(dir, 'calls'), 'utf8').trimEnd().split('\n');
    return { status, calls, output: readFileSync(join(dir, 'output'), 'utf8') };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

describe('the action', () => {
  it('annotates, and writes a SARIF file when it is asked to', () => {
    expect(
      runAction(
        { PATHS: 'a\nb c\n', RECURSIVE: 'true', FAIL_ON: 'warning', SINCE: 'origin/main', BASELINE: 'b.json', SARIF: 'x.sarif' },
        1,
      ),
    ).toEqual({
      status: 1,
      calls: [
        '[lint][--quiet][--format][sarif][--output=x.sarif][--recursive][--fail-on=warning][--since=origin/main][--baseline=b.json][--][a][b c]',
        '[lint][--format][github][--recursive][--fail-on=warning][--since=origin/main][--baseline=b.json][--][a][b c]',
      ],
      output: 'exit-code=1\n',
    });
  });

  it.each([0, 2])('passes exit code %i on', (code) => {
    expect(runAction({ PATHS: '.', RECURSIVE: 'false' }, code)).toEqual({
      status: code,
      calls: ['[lint][--format][github][--][.]'],
      output: `exit-code=${code}\n`,
    });
  });

  it('takes what inputs say as words, never as script or options', () => {
    const evil = '$(touch x) `id` "; exit 9; --output=y';
    const { status, calls } = runAction({ PATHS: evil, SINCE: evil });
    expect({ status, calls }).toEqual({ status: 0, calls: [`[lint][--format][github][--since=${evil}][--][${evil}]`] });
    for (const { run } of action.runs.steps) expect(run).not.toContain('${{');
  });

  it('uses every input', () => {
    const used = JSON.stringify(action.runs);
    for (const name of Object.keys(action.inputs)) expect(used).toContain(`inputs.${name}`);
  });
});

describe('the pre-commit hooks', () => {
  it.each(hooks)('$id runs for template files only', ({ entry, files }) => {
    expect(entry).toMatch(/^prebuilds lint/);
    const matches = (path: string) => new RegExp(files).test(path);
    expect(['a/main.tf', 'main.tofu', 'x.tf.json'].map(matches)).toEqual(
      ['a/main.tf', 'main.tofu', 'x.tf.json'].map((path) => !entry.includes('--fix') || !path.endsWith('.json')),
    );
    expect(['main.tfx', 'a.md', 'terraform.tfstate'].map(matches)).toEqual([false, false, false]);
  });
});
