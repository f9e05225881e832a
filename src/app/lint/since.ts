import { join } from 'node:path';
import { UserError } from '../../kit/errors.ts';
import type { Finding } from '../../lint/model.ts';

/**
 * Files that changed since a git revision: since the commit where the present branch left it, what is not committed and new files
 * included. Absolute, as the repository itself names them. UserError when there is no repository, no git or no such revision.
 */
export async function changedSince(ref: string, dir: string): Promise<ReadonlySet<string>> {
  const top = (await git(dir, 'is in no git repository', ['rev-parse', '--show-toplevel'])).trim();
  const commit = await git(top, `has no revision ${ref}`, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${ref}^{commit}`,
  ]);
  const base = await git(top, '', ['merge-base', commit.trim(), 'HEAD']).catch(() => commit);
  const changed = await git(top, 'cannot be compared', ['diff', '--name-only', '--no-renames', '-z', base.trim(), '--']);
  const added = await git(top, 'cannot be listed', ['ls-files', '--others', '--exclude-standard', '-z']);
  return new Set([...changed.split('\0'), ...added.split('\0')].filter((path) => path !== '').map((path) => join(top, path)));
}

/** In a hook git says where its repository is, relative to a folder that need not be ours. */
const OWN_SEARCH = { GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined, GIT_PREFIX: undefined };

async function git(cwd: string, problem: string, args: readonly string[]): Promise<string> {
  const { execa } = await import('execa');
  try {
    const { stdout } = await execa('git', args, { cwd, env: OWN_SEARCH, stdin: 'ignore', stripFinalNewline: false });
    return stdout;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UserError('since_failed', missing ? 'git is needed for --since and was not found' : `${cwd} ${problem}`, {
      hint: missing
        ? 'install git, or leave --since out'
        : 'name a branch, tag or commit that was fetched (fetch-depth: 0 in CI)',
      cause: error,
    });
  }
}

/** Whether a finding, or a step of its chain or one of its causes, is in a changed file. Files of findings are joined to `dir`. */
export function concerns(finding: Finding, dir: string, changed: ReadonlySet<string>): boolean {
  const ranges = [finding.range, ...finding.chain.map(({ range }) => range), ...finding.causes.map(({ range }) => range)];
  return finding.rule === 'syntax' || ranges.some(({ file }) => changed.has(join(dir, file)));
}
