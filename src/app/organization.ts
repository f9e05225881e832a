import type { Organization } from '../domain/types.ts';
import { UserError } from '../kit/errors.ts';
import type { Store } from '../store/store.ts';
import type { Context } from './context.ts';

/**
 * The store as seen from one organisation (`--org`, PREBUILDS_ORG): names of templates are looked for there alone, and new templates are
 * made there. Everything else is the same; without an organisation a name must be unambiguous.
 */
export function inOrganization(store: Store, organization: string | undefined): Store {
  if (organization === undefined) return store;
  return {
    ...store,
    findTemplate: (name, other) => store.findTemplate(name, other ?? organization),
    importVersion: (input, actor) => store.importVersion({ organization, ...input }, actor),
  };
}

type Scope = Pick<Context, 'store' | 'organization'>;

/** The one asked for, else the default one. */
export async function organizationOf(context: Scope): Promise<Organization> {
  const { organization: scope } = context;
  const [first, ...others] = await context.store.listOrganizations();
  const all = first === undefined ? others : [first, ...others];
  const found = scope === undefined ? first : all.find((one) => one.name.toLowerCase() === scope.toLowerCase());
  if (found !== undefined) return found;
  throw new UserError('unknown_organization', `there is no organisation "${scope ?? ''}"`, {
    hint: `known: ${all.map((one) => one.name).join(', ')}`,
  });
}

/** Says of templates, pools and workspaces whether they are of the organisation asked for; without one all are. */
export async function ofOrganization(context: Scope): Promise<(one: { readonly organization: string }) => boolean> {
  if (context.organization === undefined) return () => true;
  const { name } = await organizationOf(context);
  return ({ organization }) => organization === name;
}

/** The one asked for, else all. */
export async function organizationsIn(context: Scope): Promise<readonly Organization[]> {
  return context.organization === undefined ? context.store.listOrganizations() : [await organizationOf(context)];
}
