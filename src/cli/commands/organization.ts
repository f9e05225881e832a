import type { Handler } from '../handler.ts';
import { clean } from '../render/text.ts';

/** `organization create NAME`. */
export const organizationCreate: Handler = async (context, [name = '']) => {
  const organization = await (await context.app()).people.createOrganization(name);
  context.answer(organization, () => clean(`organisation ${organization.name} made; use it with --org ${organization.name}`));
  return undefined;
};

/** `organization list`. */
export const organizationList: Handler = async (context) => {
  const rows = await (await context.app()).people.organizations();
  context.answer(
    rows.map(({ organization, templates, groups }) => ({ ...organization, templates, groups })),
    () =>
      context.table(
        [{ head: 'ORGANIZATION' }, { head: 'TEMPLATES', right: true }, { head: 'GROUPS', right: true }],
        rows.map(({ organization, templates, groups }) => [organization.name, String(templates), String(groups)]),
      ),
  );
  return undefined;
};
