import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;
/** Suites that run a real engine: one file at a time, since each keeps both cores busy. */
const real = {
  globalSetup: ['test/support/global-engine.ts'],
  fileParallelism: false,
  testTimeout: 4 * MINUTE,
  hookTimeout: 4 * MINUTE,
};

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: MINUTE } },
      { test: { name: 'property', include: ['test/property/**/*.test.ts'], testTimeout: MINUTE } },
      { test: { name: 'monitoring', include: ['test/monitoring/**/*.test.ts'], testTimeout: MINUTE } },
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
