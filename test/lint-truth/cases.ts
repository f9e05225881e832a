import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { EngineKind } from '../../src/domain/types.ts';
import type { CaseInputs } from './identity.ts';
import type { Replacement, Truth } from './plan.ts';

/** A hand-made template under fixtures/lint/truth: `main.tf` says in its first line which rule it shows. */
export interface TruthCase {
  readonly name: string;
  readonly dir: string;
  readonly inputs: CaseInputs;
  /**
   * Addresses that the linter may report and the engine does not: the values of this claimant happen to give the same result, and the
   * linter does not know whose claim it will be.
   */
  readonly mayReport: readonly string[];
}

/** `case.json`, which most cases do without. */
interface CaseFile extends CaseInputs {
  readonly mayReport?: readonly string[];
}

/** What an engine said. */
interface Recorded {
  readonly error: string | null;
  readonly replaced: readonly Replacement[];
  readonly coder: readonly Replacement[];
  readonly deferred: readonly string[];
}

/** All cases of a folder, by name; `only` keeps those whose name contains it. */
export function listCases(folder: string, only = ''): readonly TruthCase[] {
  const names = readdirSync(folder).filter((name) => name.includes(only));
  return names.toSorted().map((name) => {
    const dir = join(folder, name);
    const file = join(dir, 'case.json');
    const given = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as CaseFile) : {};
    return { name, dir, inputs: given, mayReport: given.mayReport ?? [] };
  });
}

/**
 * What real engines said: `expected.json` is terraform's answer, `expected-tofu.json` OpenTofu's where it is another one. Releases of one
 * engine differ in the same few points, so a live answer should be one of them.
 */
export function readExpected(one: TruthCase): readonly [Truth, ...Truth[]] {
  const others = existsSync(expectedFile(one, 'tofu')) ? [readRecorded(expectedFile(one, 'tofu'))] : [];
  return [readRecorded(expectedFile(one, 'terraform')), ...others];
}

/** Records an answer. One of OpenTofu is kept only where it differs from terraform's, which has to be recorded first. */
export function writeExpected(one: TruthCase, engine: EngineKind, truth: Truth): void {
  const file = expectedFile(one, engine);
  if (engine === 'tofu' && isDeepStrictEqual(truth, readRecorded(expectedFile(one, 'terraform')))) {
    rmSync(file, { force: true });
    return;
  }
  const { error, ...rest } = truth;
  const recorded: Recorded = { error: error ?? null, ...rest };
  writeFileSync(file, `${JSON.stringify(recorded, undefined, 2)}\n`);
}

function readRecorded(file: string): Truth {
  const { error, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
  return { error: error ?? undefined, ...rest };
}

const expectedFile = (one: TruthCase, engine: EngineKind): string =>
  join(one.dir, engine === 'tofu' ? 'expected-tofu.json' : 'expected.json');

/** Runs `work` for all items, at most `width` at a time; results in the order of the items. */
export async function inParallel<T, R>(width: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
