import type { Template } from '../../domain/types.ts';
import type { Handler } from '../handler.ts';
import { templateJson, versionJson } from '../render/json.ts';
import { organizationCells } from '../render/text.ts';
import { age } from '../render/time.ts';

const stateOf = (template: Template): string => {
  if (template.deletingAt !== undefined) return 'deleting';
  return template.deprecatedAt === undefined ? '' : 'deprecated';
};

/** `template list`. */
export const templateList: Handler = async (context) => {
  const app = await context.app();
  const rows = await app.templates.list();
  const organization = organizationCells(rows.map(({ template }) => template));
  context.answer(
    rows.map(({ template, active, workspaces, prebuilds }) => ({
      ...templateJson(template),
      active: active === undefined ? undefined : versionJson(active),
      workspaces,
      prebuilds,
    })),
    () =>
      context.table(
        [
          { head: 'ORGANIZATION' },
          { head: 'TEMPLATE' },
          { head: 'VERSION', right: true },
          { head: 'PUSHED' },
          { head: 'ENGINE' },
          { head: 'WORKSPACES', right: true },
          { head: 'PREBUILDS', right: true },
          { head: 'STATE' },
        ],
        rows.map(({ template, active, workspaces, prebuilds }) => [
          organization(template.organization),
          template.name,
          active === undefined ? '-' : String(active.number),
          active === undefined ? '' : `${age(context.now, active.pushedAt)} ago`,
          active === undefined ? '' : `${active.engineKind} ${active.engineVersion}`,
          String(workspaces),
          String(prebuilds),
          stateOf(template),
        ]),
      ),
  );
  if (rows.length === 0) context.note('no templates; push one with `prebuilds template push DIR`');
  return undefined;
};
