import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { allCommands, push, rest } from './model/commands.ts';
import type { Model } from './model/invariants.ts';
import { alive, openReal, steps } from './model/real.ts';

vi.mock('../../src/kit/process.ts', async (original) => ({
  ...(await original<object>()),
  isAlive: ({ pid }: { pid: number }) => alive.has(pid),
}));

/** MODEL_RUNS for longer hunts by hand, MODEL_SEED to see one again. */
const numRuns = Number(process.env['MODEL_RUNS'] ?? 15);
const seed = process.env['MODEL_SEED'];
/** Also bounds the search for a shorter counterexample. */
const LIMIT_MS = numRuns * 6000;

describe('the tool against a model', () => {
  it(
    'loses, leaks and gives away twice nothing, whatever is done, fails, is killed or told a wrong time',
    async () => {
      await fc.assert(
        fc.asyncProperty(allCommands, async (commands) => {
          const real = await openReal();
          const model: Model = { people: new Map(), versions: 0 };
          try {
            await push(model, real);
            await fc.asyncModelRun(() => ({ model, real }), commands);
            await rest.run(model, real);
          } finally {
            await real.close();
          }
        }),
        { numRuns, interruptAfterTimeLimit: LIMIT_MS, ...(seed === undefined ? {} : { seed: Number(seed) }) },
      );
      expect(steps.taken).toBeGreaterThan(numRuns * 100);
    },
    numRuns * 12_000,
  );
});
