import { ConflictError } from '../kit/errors.ts';
import { ASIDE, homePaths, workspacePaths } from '../kit/paths.ts';
import type { StateFacts } from '../workspace/deps.ts';
import { moveToTrash } from '../workspace/trash.ts';
import type { Orphaned, RunOptions } from '../api/app.ts';
import { stateOf } from './connect.ts';
import { actorOf, type Context } from './context.ts';
import { ready } from './lifecycle.ts';

/**
 * Deletes a workspace without the engine, for what cannot be destroyed any more or is to be kept by somebody else (Coder's `delete --orphan`).
 * Its state stays in the trash for a week. ConflictError not_possible_now.
 */
export async function orphanWorkspace(context: Context, name: string, options: RunOptions): Promise<Orphaned> {
  const { config, store } = context;
  const workspace = await ready(context, name, options);
  const { id, phase, ownerName } = workspace;
  const full = `${ownerName}/${workspace.name}`;
  const left = realOnes(stateOf(context, workspace));
  const gone = phase === 'deleted' ? undefined : await store.orphanWorkspace(id, left, await actorOf(context));
  if (gone === undefined) {
    throw new ConflictError('not_possible_now', `${full} is ${phase}: delete is not possible now`, {
      hint: `see \`prebuilds show ${full}\``,
    });
  }
  const folder = await moveToTrash(workspacePaths(config.home, id).folder, homePaths(config.home).trash, `${ASIDE}${id}`);
  return { workspace: gone, left, folder };
}

/** Resources of the coder provider exist in the state alone. */
function realOnes(state: StateFacts): readonly string[] {
  if (state.kind === 'torn') return ['everything in a state that cannot be read'];
  const resources = state.kind === 'ok' ? state.resources : [];
  return resources.filter(({ mode, type }) => mode === 'managed' && !type.startsWith('coder_')).map(({ address }) => address);
}
