import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;
/** Suites that run a real engine: one file at a time, since each keeps both cores busy. */
const real = {
  globalSetup: ['test/support/global-engine.ts'],
  fileParallelism: false,
  testTimeout: 4 * MINUTE,
  hookTimeout: 4 * MINUTE,
};

/** A limit ends what hangs; how fast something is, is no matter of tests, and the linter runs beside them. */
const quick = { testTimeout: MINUTE };
/** Suites whose files replace no module: loading the sources once per worker and not once per file halves the run. */
const shared = { isolate: false };

export default defineConfig({
  test: {
    maxWorkers: '100%',
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], ...quick, ...shared } },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], ...quick, ...shared } },
      { test: { name: 'property', include: ['test/property/**/*.test.ts'], ...quick } },
      { test: { name: 'monitoring', include: ['test/monitoring/**/*.test.ts'], ...quick } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], exclude: ['test/e2e/slow/**'], ...real } },
      {
        test: {
          name: 'slow',
          include: ['test/e2e/slow/**/*.test.ts'],
          ...real,
          testTimeout: 15 * MINUTE,
          hookTimeout: 15 * MINUTE,
        },
      },
    ],
  },
});
