import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { applyEdits, byFile, compatible } from '../../src/lint/edits.ts';
import type { Edit, Finding, TemplateReport } from '../../src/lint/model.ts';
import { configurations } from '../lint-truth/generator/items.ts';
import { printTemplate } from '../lint-truth/generator/print.ts';
import type { TemplateFiles } from '../lint-truth/generator/resources.ts';
import { lintFolder } from '../lint-truth/linter.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'prebuilds-lint-'));
afterAll(() => {
  rmSync(ROOT, { recursive: true, force: true });
});

async function lint(files: TemplateFiles): Promise<TemplateReport> {
  const dir = join(ROOT, 't');
  rmSync(dir, { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return lintFolder(dir);
}

const template = configurations.map(printTemplate);
const main = (files: TemplateFiles): string => files['main.tf'] ?? '';

const place = ({ rule, address, attribute, confidence }: Finding): string => `${rule} ${address} ${attribute} ${confidence}`;
const places = ({ findings }: TemplateReport): readonly string[] => findings.map(place).sort();

/** Rows that were not there before; an instance that was destroyed may stay and be replaced. */
function added(before: TemplateReport, after: TemplateReport): readonly string[] {
  const known = new Set(before.replaced.map(({ address, attribute }) => `${address} ${attribute}`));
  return after.replaced
    .filter(({ address, attribute }) => !known.has(`${address} ${attribute}`) && !known.has(`${address} `))
    .map(({ address, attribute }) => `${address} ${attribute}`);
}

/** All that a report says but for the texts of the files. */
const said = ({ findings, replaced: rows, covered }: TemplateReport): unknown => ({ findings, replaced: rows, covered });

/** The files with edits in them. */
function edited(files: TemplateFiles, edits: readonly Edit[]): TemplateFiles {
  const changed = [...byFile(edits)].map(([file, own]) => [file, applyEdits(files[file]!, own)!] as const);
  return { ...files, ...Object.fromEntries(changed) };
}

const runs = (numRuns: number) => ({ numRuns });

describe('linting random templates', () => {
  it('finds something in enough of them', async () => {
    const reports: TemplateReport[] = [];
    for (const files of fc.sample(template, { numRuns: 60, seed: 1 })) reports.push(await lint(files));
    expect(reports.filter(({ replaced: rows }) => rows.length > 0).length).toBeGreaterThan(30);
    expect(reports.filter(({ findings }) => findings.some(({ fix }) => fix !== undefined)).length).toBeGreaterThan(20);
    expect(reports.flatMap(({ findings }) => findings).filter(({ rule }) => rule === 'syntax')).toEqual([]);
  });

  it('says the same each time', async () => {
    await fc.assert(
      fc.asyncProperty(template, async (files) => {
        expect(said(await lint(files))).toEqual(said(await lint(files)));
      }),
      runs(60),
    );
  });

  it('does not depend on the order of what is declared', async () => {
    await fc.assert(
      fc.asyncProperty(template, fc.array(fc.nat(), { minLength: 30, maxLength: 30 }), async (files, order) => {
        const [head = '', ...blocks] = main(files).split(/^(?=(?:resource|data|locals|module) )/m);
        const keyed = blocks.map((block, at) => ({ block, key: order[at] ?? 0 }));
        const text = [head, ...keyed.sort((a, b) => a.key - b.key).map(({ block }) => `${block.trimEnd()}\n`)].join('\n');
        const [before, after] = [await lint(files), await lint({ ...files, 'main.tf': text })];
        expect(places(after)).toEqual(places(before));
        expect(after.replaced).toEqual(before.replaced);
      }),
      runs(60),
    );
  });

  it('does not depend on the names of locals', async () => {
    const name = fc.stringMatching(/^[a-z][a-z_]{0,12}$/);
    await fc.assert(
      fc.asyncProperty(template, name, async (files, prefix) => {
        const text = main(files)
          .replaceAll(/^locals \{\n {2}(r\d+) =/gm, `locals {\n  ${prefix}_$1 =`)
          .replaceAll(/\blocal\.(r\d+)\b/g, `local.${prefix}_$1`);
        const [before, after] = [await lint(files), await lint({ ...files, 'main.tf': text })];
        expect(places(after)).toEqual(places(before));
        expect(after.replaced).toEqual(before.replaced);
      }),
      runs(100),
    );
  });

  it('says nothing else of the rest when something clean is added', async () => {
    const clean = fc.constantFrom(
      'resource "docker_volume" "zz" {\n  name = data.coder_workspace.me.id\n}\n',
      'resource "docker_container" "zz" {\n  count = data.coder_workspace.me.start_count\n  name  = "zz-${count.index}"\n  image = "zz"\n}\n',
      'resource "terraform_data" "zz" {\n  for_each         = toset(["a", "b"])\n  triggers_replace = each.key\n}\n',
      'data "coder_external_auth" "zz" {\n  id = "zz"\n}\n',
      'locals {\n  zz = data.coder_workspace_owner.me.name\n}\n',
      'output "zz" {\n  value = data.coder_workspace_owner.me.name\n}\n',
    );
    await fc.assert(
      fc.asyncProperty(template, clean, fc.constantFrom('aa.tf', 'zz.tf'), async (files, text, file) => {
        expect(said(await lint({ ...files, [file]: text }))).toEqual(said(await lint(files)));
      }),
      runs(100),
    );
  });
});

/**
 * Whether a fix cannot bring a replacement. It may where instances come and go: an instance that the claim creates fires no
 * `replace_triggered_by`, one that a fix lets stay may; and an expansion that was not known may turn out to lose instances.
 */
function isSettled(files: TemplateFiles, { findings }: TemplateReport): boolean {
  const texts = Object.values(files).join('\n');
  const fires = texts.includes('replace_triggered_by') && /^ *(?:count|for_each) +=/m.test(texts);
  return !fires && findings.every(({ rule }) => rule !== 'claim/unknown-count');
}

describe('the fixes of random templates', () => {
  it('bring no replacement, each for itself', async () => {
    await fc.assert(
      fc.asyncProperty(template, fc.nat(), async (files, pick) => {
        const before = await lint(files);
        const fixable = before.findings.filter(({ fix }) => (fix?.edits.length ?? 0) > 0);
        fc.pre(fixable.length > 0 && isSettled(files, before));
        const finding = fixable[pick % fixable.length]!;
        const after = await lint(edited(files, finding.fix!.edits));
        expect(added(before, after)).toEqual([]);
        expect(after.findings.filter(({ rule }) => rule === 'syntax')).toEqual([]);
      }),
      runs(150),
    );
  });

  it('mend all that they are proposed for, applied round by round', async () => {
    await fc.assert(
      fc.asyncProperty(template, async (files) => {
        const before = await lint(files);
        fc.pre(isSettled(files, before));
        let [texts, now] = [files, before];
        for (let round = 0; compatible(now.findings).edits.length > 0; round += 1) {
          expect(round, main(texts)).toBeLessThan(20);
          texts = edited(texts, compatible(now.findings).edits);
          now = await lint(texts);
        }
        const fixable = before.findings.filter(({ fix }) => fix !== undefined).map(place);
        expect(places(now).filter((one) => fixable.includes(one))).toEqual([]);
        expect(added(before, now)).toEqual([]);
      }),
      runs(100),
    );
  });
});
