import { suspectsCommand } from '../domain/suspects.ts';
import type { SuspectView } from '../api/app.ts';
import type { Context } from './context.ts';
import { findWorkspace } from './names.ts';

/** What may exist although no state knows it, with what a person does about it, oldest first (SM R5). */
export async function openSuspects({ store }: Pick<Context, 'store'>): Promise<readonly SuspectView[]> {
  const suspects = await store.listSuspects('open');
  return Promise.all(
    suspects.map(async ({ address, type, workspaceId, at }) => {
      const workspace = await store.getWorkspace(workspaceId);
      const remedy = `look for it, remove it, then run \`${suspectsCommand(workspace)}\``;
      return { address, type, workspaceId, workspace: `${workspace.ownerName}/${workspace.name}`, at, remedy };
    }),
  );
}

/** Somebody looked, and nothing that is suspected of this workspace exists (any more). Returns what was suspected. */
export async function declareAbsent({ store, caller }: Context, name: string): Promise<readonly string[]> {
  const { id } = await findWorkspace(store, caller, name);
  const suspects = await store.listSuspects('open', id);
  await store.resolveSuspects(id, 'absent');
  return suspects.map(({ address }) => address);
}
