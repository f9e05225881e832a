import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { helpUri, isRule, ruleInfo, RULES, rulesOf } from '../../../src/lint/rule-index.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ids = RULES.map(({ id }) => id);

/** The ids as the contract lists them. */
function idsOfModel(): readonly string[] {
  const text = readFileSync(join(ROOT, 'src/lint/model.ts'), 'utf8');
  const union = /export type RuleId =([^;]*);/.exec(text)?.[1] ?? '';
  return [...union.matchAll(/'([^']+)'/g)].map(([, id = '']) => id);
}

describe('the table of rules', () => {
  it('has the rules of the contract, each once', () => {
    expect(idsOfModel().length).toBeGreaterThan(20);
    expect([...ids].sort()).toEqual([...idsOfModel()].sort());
  });

  it('has a page for every rule, and no other', () => {
    const pages = readdirSync(join(ROOT, 'docs/rules'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.md'),
    );
    expect(pages.map((path) => `docs/rules/${path}`).sort()).toEqual(RULES.map(({ page }) => page).sort());
  });

  it.each(RULES)('$id says in one line what it is about', ({ id, summary, family }) => {
    expect(summary).toMatch(/^[^\n]{20,130}[^.\n]$/);
    expect(id.startsWith(family)).toBe(true);
    expect(ruleInfo(id).summary).toBe(summary);
  });

  it.each(RULES)('the page of $id has every part', ({ id, page }) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    expect(text).toMatch(new RegExp(`^# ${id}: .+\n`));
    const heads = [...text.matchAll(/^## (.+)$/gm)].map(([, head]) => head);
    expect(heads).toEqual(['What it finds', 'Why it matters at a claim', 'Bad', 'Good', 'How to fix it', 'How to suppress it']);
    for (const [, link = ''] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      expect(() => readFileSync(join(ROOT, page, '..', link)), link).not.toThrow();
    }
  });

  it.each([
    ['claim/replace', ['claim/replace']],
    ['syntax', ['syntax']],
    ['ignore/*', ['ignore/all', 'ignore/unused', 'ignore/ineffective']],
    ['*', undefined],
    ['nope/*', undefined],
    ['claim', undefined],
    ['toString', undefined],
    ['claim/*x', undefined],
  ])('%j means %j', (word, rules) => {
    expect(rulesOf(word)).toEqual(rules);
    expect(isRule(word)).toBe(rules?.length === 1 && rules[0] === word);
  });

  it('links to published pages where there are some', () => {
    expect(helpUri('ignore/all', undefined)).toBe('urn:prebuilds:rule:ignore/all');
    expect(helpUri('ignore/all', 'https://docs.example.com/x/')).toBe('https://docs.example.com/x/ignore/all.md');
  });
});
