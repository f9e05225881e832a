import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel, listCases, readExpected } from '../../lint-truth/cases.ts';
import { compare } from '../../lint-truth/compare.ts';
import { lintFolder } from '../../lint-truth/linter.ts';
import { describe as written } from '../../lint-truth/main.ts';
import type { Truth } from '../../lint-truth/plan.ts';
import { compareRandom } from '../../lint-truth/random.ts';
import { openTruthEngine, type TruthEngine } from '../../lint-truth/truth.ts';
import { PROJECT } from '../../support/cli.ts';

const WIDTH = 2;
const RANDOM_TEMPLATES = 60;
const SEED = 20_260;

/** The linter against the real engine, asked now: prebuild applied, claim planned. */
describe('what a claim replaces', () => {
  const cases = listCases(join(PROJECT, 'fixtures', 'lint', 'truth'));
  let engine: TruthEngine;
  let truths: ReadonlyMap<string, Truth>;

  beforeAll(async () => {
    engine = await openTruthEngine(process.env['PREBUILDS_ENGINE'] ?? 'terraform');
    const asked = await inParallel(
      WIDTH,
      cases,
      async (one) => [one.name, await engine.realReplacements(one.dir, one.inputs)] as const,
    );
    truths = new Map(asked);
  });
  afterAll(() => {
    engine.close();
  });

  it.each(cases)('$name', async (one) => {
    const truth = truths.get(one.name)!;
    const recorded = readExpected(one);
    expect(recorded).toContainEqual(truth);
    const differences = compare(truth, await lintFolder(one.dir), { mayReport: one.mayReport, others: recorded });
    expect(differences.map(({ text }) => text)).toEqual([]);
  });

  it('is what the linter says of random templates', async () => {
    const tally = await compareRandom({ engine, count: RANDOM_TEMPLATES, seed: SEED, width: WIDTH });
    expect(tally.disagreements.map(written)).toEqual([]);
    expect(tally.broken).toBeLessThan(RANDOM_TEMPLATES / 5);
    expect(tally.rows).toBeGreaterThan(RANDOM_TEMPLATES / 2);
  });
});
