import { newExpiry } from '../domain/expiry.ts';
import type { Workspace } from '../domain/types.ts';
import { writeDuration } from '../kit/duration.ts';
import { ConflictError } from '../kit/errors.ts';
import { actorOf, type Context } from './context.ts';
import { findWorkspace, refuseOnPrebuild } from './names.ts';

/** `extend NAME D`: the workspace ends D from now, within the maximum counted from its claim (spec 6.9). */
export async function extendWorkspace(context: Context, name: string, ms: number): Promise<Workspace> {
  const { store, config, clock } = context;
  const workspace = await findWorkspace(store, context.caller, name);
  refuseOnPrebuild(workspace, 'extend');
  const full = `${workspace.ownerName}/${workspace.name}`;
  const template = await store.getTemplate(workspace.templateId);
  const preset = workspace.presetId === undefined ? undefined : (await store.getPreset(workspace.presetId)).name;
  const { claimTtlMaxMs } = config.policy(template.name, preset);
  const now = clock.now();
  const expiresAt = newExpiry(workspace, { full, now, ms, maxMs: claimTtlMaxMs, inWords: writeDuration });
  if (!(await store.extendWorkspace(workspace.id, expiresAt, await actorOf(context)))) {
    throw new ConflictError('not_possible_now', `${full} is being deleted: extend is not possible any more`, {
      hint: 'claim another workspace',
    });
  }
  return store.getWorkspace(workspace.id);
}
