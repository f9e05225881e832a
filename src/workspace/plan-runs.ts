import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Build, Run } from '../domain/types.ts';
import type { WorkspaceDeps } from './deps.ts';

/** How long a plan that nobody waits for gets to end by itself after its SIGINT. */
const END_WITHIN_MS = 5000;

/**
 * Where a run keeps its plan. The file holds secrets, so whoever ends a build removes it first: at rest only a live build has one, and
 * nobody has to look for those that a killed process left.
 */
export const planFile = (run: Pick<Run, 'folder'>): string => join(run.folder, 'plan.tfplan');

/** Removes a plan file that is not needed any more. */
export const removePlan = (plan: string): Promise<void> => rm(plan, { force: true });

/**
 * Ends what is left of a build's plans (SM section 2): a plan touches nothing, so a leftover one is ended, not awaited, and its file goes
 * unless an apply may be about to read it. It has to be over before anybody else works on the workspace, because it holds the state's
 * lock.
 */
export async function endPlanRuns(deps: Pick<WorkspaceDeps, 'store' | 'engine'>, build: Build): Promise<void> {
  const inUse = build.state === 'applying' || build.state === 'verifying';
  for (const run of await planRuns(deps, build)) {
    if (run.consumedAt === undefined) {
      if (deps.engine.runner.isRunAlive(run.folder)) await deps.engine.runner.interrupt(run.folder, END_WITHIN_MS);
      await deps.store.consumeRun(run.id, undefined);
    }
    if (!inUse) await removePlan(planFile(run));
  }
}

/** Removes the plan files of a build whose applies are over. */
export async function removePlans(deps: Pick<WorkspaceDeps, 'store'>, build: Build): Promise<void> {
  for (const run of await planRuns(deps, build)) await removePlan(planFile(run));
}

const planRuns = async ({ store }: Pick<WorkspaceDeps, 'store'>, build: Build): Promise<readonly Run[]> =>
  (await store.listRuns(build.id)).filter((run) => run.kind === 'plan');
