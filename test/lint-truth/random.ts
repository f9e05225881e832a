import fc from 'fast-check';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inParallel } from './cases.ts';
import { compare } from './compare.ts';
import { configurations } from './generator/items.ts';
import { printTemplate } from './generator/print.ts';
import type { TemplateFiles } from './generator/resources.ts';
import { lintFolder } from './linter.ts';
import { RULED_ERRORS } from './plan.ts';
import { BrokenTemplate, type TruthEngine } from './truth.ts';

export interface Disagreement {
  /** Makes the same template again. */
  readonly seed: number;
  readonly differences: readonly string[];
  /** The smallest template that was found to show a difference. */
  readonly files: TemplateFiles;
}

export interface Tally {
  readonly templates: number;
  /** Of them, such that cannot be built, or not claimed for a fault of their own (a wrong type): nothing was compared. */
  readonly broken: number;
  /** Such whose claim fails. */
  readonly failing: number;
  /** Rows (address, attribute) of all truths. */
  readonly rows: number;
  readonly disagreements: readonly Disagreement[];
}

export interface RandomOptions {
  readonly engine: TruthEngine;
  readonly count: number;
  /** Template number i is made from seed + i. */
  readonly seed: number;
  /** How many engines at a time. */
  readonly width: number;
}

/** Shrinking asks the engine again for each smaller template. */
const SHRINK_MS = 180_000;

/** Compares random templates with the real engine, and shrinks those that show a difference. */
export async function compareRandom({ engine, count, seed, width }: RandomOptions): Promise<Tally> {
  const tally = { templates: count, broken: 0, failing: 0, rows: 0 };
  const seeds = Array.from({ length: count }, (_, index) => seed + index);
  const results = await inParallel(width, seeds, async (own): Promise<Disagreement | undefined> => {
    let first = true;
    let last: Omit<Disagreement, 'seed'> | undefined;
    const property = fc.asyncProperty(configurations, async (items) => {
      const files = printTemplate(items);
      const answer = await ask(engine, files);
      if (first && answer.kind === 'broken') tally.broken += 1;
      if (first && answer.kind === 'compared') {
        tally.rows += answer.rows;
        if (answer.fails) tally.failing += 1;
      }
      first = false;
      if (answer.kind === 'broken' || answer.differences.length === 0) return true;
      // The last failure that is seen is the smallest one.
      last = { differences: answer.differences, files };
      return false;
    });
    await fc.check(property, { seed: own, numRuns: 1, interruptAfterTimeLimit: SHRINK_MS });
    return last === undefined ? undefined : { seed: own, ...last };
  });
  return { ...tally, disagreements: results.filter((one) => one !== undefined) };
}

type Answer =
  | { readonly kind: 'broken' }
  | { readonly kind: 'compared'; readonly differences: readonly string[]; readonly rows: number; readonly fails: boolean };

async function ask(engine: TruthEngine, files: TemplateFiles): Promise<Answer> {
  const dir = mkdtempSync(join(tmpdir(), 'lint-random-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    const truth = await engine.realReplacements(dir);
    if (truth.error !== undefined && !RULED_ERRORS.has(truth.error)) return { kind: 'broken' };
    const differences = compare(truth, await lintFolder(dir)).map((one) => one.text);
    return { kind: 'compared', differences, rows: truth.replaced.length, fails: truth.error !== undefined };
  } catch (error) {
    if (error instanceof BrokenTemplate) return { kind: 'broken' };
    throw error;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
