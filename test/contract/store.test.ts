import { describe } from 'vitest';
import { buildCases } from './cases/builds.ts';
import { catalogCases } from './cases/catalog.ts';
import { claimCases } from './cases/claims.ts';
import { undoneClaimCases } from './cases/claims-undone.ts';
import { constraintCases } from './cases/constraints.ts';
import { lifeCases } from './cases/life.ts';
import { poolCases } from './cases/pool.ts';
import type { OpenStore } from './harness.ts';
import { openSqlite } from './sqlite-support.ts';

/** The whole contract of `Store` against one implementation, always a real database. */
function describeStore(name: string, open: OpenStore): void {
  describe(name, () => {
    catalogCases(open);
    poolCases(open);
    claimCases(open);
    undoneClaimCases(open);
    buildCases(open);
    lifeCases(open);
    constraintCases(open);
  });
}

describeStore('sqlite', openSqlite);
