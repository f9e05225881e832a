import { describe } from 'vitest';
import { agentLifeCases } from './cases/agent-life.ts';
import { agentCases } from './cases/agents.ts';
import { buildCases } from './cases/builds.ts';
import { catalogCases } from './cases/catalog.ts';
import { claimCases } from './cases/claims.ts';
import { undoneClaimCases } from './cases/claims-undone.ts';
import { constraintCases } from './cases/constraints.ts';
import { groupCases } from './cases/groups.ts';
import { historyCases } from './cases/history.ts';
import { keepCases } from './cases/keep.ts';
import { lifeCases } from './cases/life.ts';
import { lineCases } from './cases/line.ts';
import { nameCases } from './cases/names.ts';
import { policyCases } from './cases/policy.ts';
import { measurementCases } from './cases/measurements.ts';
import { poolCases } from './cases/pool.ts';
import { quotaCases } from './cases/quota.ts';
import { hookCases } from './cases/hooks.ts';
import { sweepCases } from './cases/sweeps.ts';
import { tokenCases } from './cases/tokens.ts';
import { safetyCases } from './cases/safety.ts';
import type { OpenStore } from './harness.ts';
import { openSqlite } from './sqlite-support.ts';

/** The whole contract of `Store` against one implementation, always a real database. */
function describeStore(name: string, open: OpenStore): void {
  describe(name, () => {
    catalogCases(open);
    policyCases(open);
    poolCases(open);
    claimCases(open);
    undoneClaimCases(open);
    lineCases(open);
    safetyCases(open);
    agentCases(open);
    agentLifeCases(open);
    buildCases(open);
    lifeCases(open);
    hookCases(open);
    sweepCases(open);
    measurementCases(open);
    historyCases(open);
    nameCases(open);
    keepCases(open);
    constraintCases(open);
    groupCases(open);
    quotaCases(open);
    tokenCases(open);
  });
}

describeStore('sqlite', openSqlite);
