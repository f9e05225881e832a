import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changedLines } from '../../../../src/lint/diff.ts';
import { applyEdits, byFile, compatible } from '../../../../src/lint/edits.ts';
import type { TypeFacts } from '../../../../src/lint/facts/facts.ts';
import { lintConfiguration } from '../../../../src/lint/lint.ts';
import type { Confidence, Edit, Finding, Fix, RuleId, Severity, TemplateReport } from '../../../../src/lint/model.ts';
import { parseSettings } from '../../../../src/lint/settings.ts';
import type { Range } from '../../../../src/template/syntax/ast.ts';
import { loadConfiguration } from '../../../../src/template/syntax/load.ts';
import { createSyntaxParser } from '../../../../src/template/syntax/parser.ts';

export const FIXTURES = join(import.meta.dirname, '../../../../fixtures/lint/rules');

const parser = createSyntaxParser();

type Which = 'bad' | 'good';

/** What a finding is expected to say; positions are `line:column` in `main.tf`. */
export interface Expected {
  readonly address: string;
  readonly attribute: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly at: string;
  /** `expression @line:column`. */
  readonly causes: readonly string[];
  /** First and last hop, `text @line:column`; one where both are the same, none where there is no chain. */
  readonly chain: readonly string[];
  /** The description, and the lines that the edits change; undefined where there is no fix. */
  readonly fix: { readonly description: string; readonly lines: readonly string[] } | undefined;
}

export interface RuleCase {
  readonly bad: readonly Expected[];
  /** Other rules that the bad template breaks, since one mistake shows in several ways. */
  readonly also?: readonly RuleId[];
  /** Other rules that the good template still breaks. */
  readonly left?: readonly RuleId[];
}

/** The tests of one rule: its bad fixture yields exactly these findings, its good one none of the rule. */
export function describeRule(rule: RuleId, { bad, also = [], left = [] }: RuleCase): void {
  describe(rule, () => {
    it('says of the bad template what is expected', async () => {
      const report = await lintFixture(rule, 'bad');
      expect(ofRule(report, rule).map((one) => said(one, report))).toEqual(bad);
      expect(others(report, rule)).toEqual([...also]);
    });

    it('says nothing of the good template', async () => {
      const report = await lintFixture(rule, 'good');
      expect(ofRule(report, rule)).toEqual([]);
      expect(others(report, rule)).toEqual([...left]);
    });

    if (bad.every(({ fix }) => fix === undefined)) return;
    it('is repaired by its fixes', async () => {
      const before = await lintFixture(rule, 'bad');
      const texts = await repaired(before, (changed) => lintFixture(rule, 'bad', changed));
      const after = keys(await lintFixture(rule, 'bad', texts));
      const fixable = before.findings.filter(({ fix }) => fix !== undefined).map(key);
      expect(after.filter((one) => fixable.includes(one))).toEqual([]);
      expect(after.filter((one) => !keys(before).includes(one))).toEqual([]);
    });
  });
}

/** Lints a fixture folder with its settings; `texts` stand for files of it, by their path below the folder. */
async function lintFixture(rule: RuleId, which: Which, texts: Texts = new Map()): Promise<TemplateReport> {
  const dir = join(FIXTURES, rule, which);
  return lintFolder(dir, (path, text) => texts.get(path) ?? text, factsIn(dir));
}

/** Lints one file of configuration. */
export const lintText = (text: string): Promise<TemplateReport> =>
  lintFolder(join(FIXTURES, 'claim/replace/bad'), (path) => (path === 'main.tf' ? text : ''), {});

async function lintFolder(
  dir: string,
  textOf: (path: string, text: string) => string,
  extraFacts: Readonly<Record<string, TypeFacts>>,
): Promise<TemplateReport> {
  const { parseFile, parseTemplate } = await parser;
  const reading = { parseFile: (path: string, text: string) => parseFile(path, textOf(path, text)), parseTemplate };
  return lintConfiguration(await loadConfiguration(dir, reading), { dir, extraFacts });
}

function factsIn(dir: string): Readonly<Record<string, TypeFacts>> {
  const file = join(dir, '.prebuilds-lint.yaml');
  return existsSync(file) ? (parseSettings(readFileSync(file, 'utf8'), file).facts ?? {}) : {};
}

/** More than the entries of any resource here. */
const MOST_ROUNDS = 10;

type Texts = ReadonlyMap<string, string>;

/** The texts after applying the fixes round by round, as `--fix` does: what shares a place or a resource waits for the next round. */
export async function repaired(report: TemplateReport, lint: (texts: Texts) => Promise<TemplateReport>): Promise<Texts> {
  let texts: Texts = new Map();
  let now = report;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const { edits } = compatible(now.findings);
    if (edits.length === 0) return texts;
    texts = new Map([...texts, ...edited(now, edits)]);
    now = await lint(texts);
  }
  throw new Error('the fixes come to no end');
}

/** The files of a report that edits change, changed. Throws when they cannot be applied. */
export function edited({ sources }: TemplateReport, edits: readonly Edit[]): Texts {
  const changed = [...byFile(edits)].map(([file, own]) => [file, applyEdits(sources.get(file)!, own)] as const);
  return new Map(
    changed.map(([file, text]) => {
      if (text === undefined) throw new Error(`the edits of ${file} cannot be applied`);
      return [file, text];
    }),
  );
}

/** What makes a finding another one: not its position, which edits move. */
export const key = ({ rule, address, attribute }: Finding): string => `${rule} ${address} ${attribute}`;
export const keys = ({ findings }: TemplateReport): readonly string[] => findings.map(key);

const ofRule = ({ findings }: TemplateReport, rule: RuleId): readonly Finding[] => findings.filter((one) => one.rule === rule);
const others = ({ findings }: TemplateReport, rule: RuleId): readonly RuleId[] =>
  findings.map((one) => one.rule).filter((one) => one !== rule);

function said(finding: Finding, report: TemplateReport): Expected {
  const { address, attribute, severity, confidence, causes, chain, fix } = finding;
  return {
    address,
    attribute,
    severity,
    confidence,
    at: place(finding.range),
    causes: causes.map(({ expression, range }) => `${expression} @${place(range)}`),
    chain: [...chain.slice(0, 1), ...chain.slice(1).slice(-1)].map(({ text, range }) => `${text} @${place(range)}`),
    fix: fix === undefined ? undefined : { description: fix.description, lines: changes(report, fix) },
  };
}

const changes = (report: TemplateReport, fix: Fix): readonly string[] =>
  [...edited(report, fix.edits)].flatMap(([file, text]) => changedLines(report.sources.get(file)!, text).lines);

const place = ({ file, line, column }: Range): string => `${file === 'main.tf' ? '' : `${file}:`}${line}:${column}`;
