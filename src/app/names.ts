import { SYSTEM_USER, type Template, type Workspace } from '../domain/types.ts';
import { UserError } from '../kit/errors.ts';
import type { Store } from '../store/store.ts';
import { callerName, type CallerInput } from './identity.ts';

/** NAME is `owner/name`, or `name` if it is the caller's or unambiguous (spec 3). */
export async function findWorkspace(store: Store, caller: CallerInput, name: string): Promise<Workspace> {
  const at = name.indexOf('/');
  const all = await store.listWorkspaces();
  const wanted = name.slice(at + 1).toLowerCase();
  const named = all.filter((workspace) => workspace.name.toLowerCase() === wanted || workspace.id === name);
  const owner = (at < 0 ? callerName(caller) : name.slice(0, at)).toLowerCase();
  const owned = named.find((workspace) => workspace.ownerName.toLowerCase() === owner);
  if (owned !== undefined) return owned;
  const [only, ...others] = at < 0 ? named : [];
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    const full = named.map((workspace) => `${workspace.ownerName}/${workspace.name}`).join(', ');
    throw new UserError('ambiguous_name', `"${name}" is the name of several workspaces: ${full}`, { hint: 'write owner/name' });
  }
  throw new UserError('unknown_workspace', `there is no workspace "${name}"`, { hint: 'see `prebuilds list`' });
}

export async function findTemplate(store: Store, name: string): Promise<Template> {
  const template = await store.findTemplate(name);
  if (template !== undefined) return template;
  const known = (await store.listTemplates()).map((one) => one.name);
  throw new UserError('unknown_template', `there is no template "${name}"`, {
    hint: known.length === 0 ? 'push one with `prebuilds template push DIR`' : `known: ${known.join(', ')}`,
  });
}

/** A prebuild has one lifecycle owner, the pool: people's verbs are refused on it (spec 2). */
export function refuseOnPrebuild(workspace: Workspace, verb: string): void {
  if (workspace.ownerId !== SYSTEM_USER.id) return;
  throw new UserError('is_a_prebuild', `${workspace.name} is a prebuild: ${verb} is not possible before it is claimed`, {
    hint: 'delete it to have it replaced',
  });
}
