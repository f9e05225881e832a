import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULES, type RuleInfo } from '../../../../src/lint/rule-index.ts';
import { CHECKS } from '../../../../src/lint/rules/index.ts';
import { FIXTURES } from './support.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const SOURCES = join(ROOT, 'src/lint/rules');

/** Rules that look at a template; those of suppressions look at comments and findings. */
const rules = RULES.filter(({ family }) => family !== 'suppression');
const fileOf = ({ id }: RuleInfo): string => id.replace('/', '-');
/** Files of the folder that are no rule. */
const SHARED = ['index', 'lost', 'rule'];

describe('every rule', () => {
  it('is asked, and no other', () => {
    expect(CHECKS.map(({ id }) => id).sort()).toEqual(rules.map(({ id }) => id).sort());
  });

  it('has its file, and there is no other', () => {
    const files = readdirSync(SOURCES).map((name) => name.replace('.ts', ''));
    expect(files.sort()).toEqual([...rules.map(fileOf), ...SHARED].sort());
  });

  it('has its test, and there is no other', () => {
    const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
    expect(files.sort()).toEqual(['complete.test.ts', ...rules.map((one) => `${fileOf(one)}.test.ts`)].sort());
  });

  it('has its fixtures, and there are no others', () => {
    const folders = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => /(^|\/)(bad|good)\/main\.tf$/.test(path));
    expect(folders.sort()).toEqual(rules.flatMap(({ id }) => [`${id}/bad/main.tf`, `${id}/good/main.tf`]).sort());
  });

  it.each(rules)('$id is what its file, its test and its page are about', async (info) => {
    const module = (await import(join(SOURCES, `${fileOf(info)}.ts`))) as { readonly rule: { readonly id: string } };
    expect(module.rule.id).toBe(info.id);
    const test = readFileSync(join(import.meta.dirname, `${fileOf(info)}.test.ts`), 'utf8');
    expect(test).toContain(`describeRule('${info.id}', {\n  bad: [\n`);
    expect(existsSync(join(ROOT, info.page))).toBe(true);
  });
});
