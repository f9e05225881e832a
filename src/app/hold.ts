import { isPrebuild, type Workspace } from '../domain/types.ts';
import { ConflictError, UserError } from '../kit/errors.ts';
import { actorOf, type Context } from './context.ts';
import { findWorkspace } from './names.ts';

/** `hold` and `unhold` (spec 5.6). UserError for a person's workspace, ConflictError while it is claimed or deleted. */
export async function holdPrebuild(context: Context, name: string, held: boolean, reason?: string): Promise<Workspace> {
  const { store } = context;
  const workspace = await findWorkspace(store, context.caller, name);
  if (!isPrebuild(workspace)) {
    throw new UserError('not_a_prebuild', `${workspace.ownerName}/${workspace.name} is no prebuild, so it cannot be held`, {
      hint: 'see `prebuilds list --search owner:prebuilds`',
    });
  }
  if (!(await store.setHeld(workspace.id, held, await actorOf(context), reason))) {
    throw new ConflictError('not_possible_now', `${workspace.name} is being claimed or deleted`, {
      hint: `see \`prebuilds show ${workspace.name}\``,
    });
  }
  return store.getWorkspace(workspace.id);
}
