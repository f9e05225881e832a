import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lintFolders } from '../../../src/app/lint.ts';
import { RULES } from '../../../src/lint/rule-index.ts';

const ROOT = join(import.meta.dirname, '../../..');
const CODER = `data "coder_workspace" "me" {}\ndata "coder_workspace_owner" "me" {}\n`;

/** The first HCL example of a section; undefined when it has none. */
function example(page: string, section: string): string | undefined {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const part = text.split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  return /```hcl\n([\s\S]*?)```/.exec(part)?.[1];
}

async function rulesIn(example: string): Promise<readonly string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'prebuilds-page-'));
  try {
    writeFileSync(join(dir, 'coder.tf'), CODER);
    writeFileSync(join(dir, 'main.tf'), example);
    const { reports } = await lintFolders({
      dirs: [dir],
      cwd: dir,
      recursive: false,
      onlyPrebuilds: false,
      fix: 'no',
      baseline: undefined,
      updateBaseline: false,
      since: undefined,
      strictSyntax: false,
      only: [],
      disable: [],
      inlineIgnores: true,
      failOn: undefined,
      today: '2026-01-01',
    });
    return reports.flatMap(({ findings }) =>
      findings.filter(({ suppressed }) => suppressed === undefined).map(({ rule }) => rule),
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

describe('the examples of the pages', () => {
  it.each(RULES)('the bad one of $id has the finding', async ({ id, page }) => {
    expect(await rulesIn(example(page, 'Bad') ?? '')).toContain(id);
  });

  it.each(RULES.filter(({ page }) => example(page, 'Good') !== undefined))(
    'the good one of $id has not',
    async ({ id, page }) => {
      expect(await rulesIn(example(page, 'Good') ?? '')).not.toContain(id);
    },
  );
});
