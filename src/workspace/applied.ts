import type { BuildStore } from '../store/store.ts';

/** Whether a build may have made something real: an apply of it began to, or its stream is gone. From then on a missing state is a loss. */
export async function wasApplied(
  store: Pick<BuildStore, 'listBuilds' | 'listRuns'>,
  touchedAnything: (runFolder: string) => boolean,
  workspaceId: string,
): Promise<boolean> {
  for (const build of await store.listBuilds(workspaceId)) {
    const applies = (await store.listRuns(build.id)).filter((run) => run.kind === 'apply');
    if (applies.some((run) => touchedAnything(run.folder))) return true;
  }
  return false;
}
