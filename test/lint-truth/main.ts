import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { EngineKind } from '../../src/domain/types.ts';
import { inParallel, listCases, type TruthCase, writeExpected } from './cases.ts';
import { compareRandom, type Disagreement } from './random.ts';
import { openTruthEngine, type TruthEngine } from './truth.ts';

const WIDTH = 2;
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/**
 * The command behind `npm run test:lint-truth`: compares random templates with the engine, or with `--record [--only TEXT]` writes
 * the expected answers of the hand-made cases. `root` is the project's folder. Returns the number of disagreements.
 */
export async function main(
  root: string,
  engine: { readonly path: string; readonly kind: EngineKind },
  args: readonly string[],
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      count: { type: 'string', default: '300' },
      seed: { type: 'string' },
      record: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  });
  const truth = await openTruthEngine(engine.path);
  try {
    if (values.record) return await record(truth, engine.kind, listCases(join(root, 'fixtures', 'lint', 'truth'), values.only));
    const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
    return await random(truth, Number(values.count), seed);
  } finally {
    truth.close();
  }
}

async function record(engine: TruthEngine, kind: EngineKind, cases: readonly TruthCase[]): Promise<number> {
  await inParallel(WIDTH, cases, async (one) => {
    writeExpected(one, kind, await engine.realReplacements(one.dir, one.inputs));
  });
  say(`${cases.length} cases recorded`);
  return 0;
}

async function random(engine: TruthEngine, count: number, seed: number): Promise<number> {
  say(`seed ${seed}, ${count} templates`);
  const tally = await compareRandom({ engine, count, seed, width: WIDTH });
  for (const one of tally.disagreements) say(describe(one));
  const { templates, broken, failing, rows, disagreements } = tally;
  say(`${templates} templates (${broken} cannot be built, ${failing} fail at the claim), ${rows} replacements`);
  say(`${templates - broken - disagreements.length} passed, ${disagreements.length} failed`);
  return disagreements.length;
}

/** The shrunk template without its fixed parts. */
export function describe({ seed, differences, files }: Disagreement): string {
  const texts = Object.entries(files).filter(([path]) => path.endsWith('.tf'));
  const shown = texts.map(
    ([path, text]) => `--- ${path}\n${text.slice(text.indexOf('"coder_workspace_owner" "me" {}') + 31).trim()}`,
  );
  return `\n== --seed ${seed} --count 1\n${[...differences, ...shown].join('\n')}\n`;
}
