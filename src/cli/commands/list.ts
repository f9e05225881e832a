import type { WorkspaceView } from '../../api/app.ts';
import type { Handler } from '../handler.ts';
import { workspaceViewJson } from '../render/json.ts';
import { safetyWords } from '../render/safety.ts';
import { clean, fullName, organizationCells, poolName, statusWords } from '../render/text.ts';
import { age } from '../render/time.ts';

/** `list [--search WORDS]`. */
export const list: Handler = async (context, _args, options) => {
  const app = await context.app();
  const search = options.text('search');
  const views = await app.workspaces.list(search);
  const organization = organizationCells(views);
  const waiting = await app.workspaces.waiting();
  context.answer(views.map(workspaceViewJson), () =>
    context.table(
      [
        { head: 'WORKSPACE' },
        { head: 'ORGANIZATION' },
        { head: 'TEMPLATE' },
        { head: 'VERSION', right: true, spare: 2 },
        { head: 'PRESET' },
        { head: 'STATUS' },
        { head: 'CLAIM', spare: 1 },
        { head: 'AGE', right: true },
      ],
      views.map((view) => [
        fullName(view.workspace),
        organization(view.organization),
        view.template,
        String(view.version),
        view.preset ?? '',
        statusOf(view),
        safetyWords(view.workspace),
        age(context.now, view.workspace.createdAt),
      ]),
    ),
  );
  if (views.length === 0) context.note(search === undefined ? 'no workspaces' : `no workspace matches ${search}`);
  for (const one of waiting) {
    const name = fullName({ ownerName: one.owner, name: one.name });
    const pool = one.preset === undefined ? one.template : poolName({ template: one.template, preset: one.preset });
    context.note(clean(`waiting: ${name} for ${pool}, ${String(one.before)} before it, since ${age(context.now, one.since)}`));
  }
  return undefined;
};

function statusOf(view: WorkspaceView): string {
  const { workspace, liveBuild } = view;
  const held = workspace.heldAt === undefined ? '' : ', held';
  const old =
    workspace.invalidatedAt === undefined ? (workspace.staleAt === undefined ? '' : ', to be replaced') : ', invalidated';
  const building = liveBuild === undefined ? '' : ` (${liveBuild.transition}: ${liveBuild.state})`;
  return `${statusWords(view)}${held}${old}${building}`;
}
