import type { WorkspaceView } from '../../app/api.ts';
import type { Handler } from '../handler.ts';
import { workspaceViewJson } from '../render/json.ts';
import { fullName } from '../render/text.ts';
import { age } from '../render/time.ts';

/** `list [--search WORDS]`. */
export const list: Handler = async (context, _args, options) => {
  const app = await context.app();
  const search = options.text('search');
  const views = await app.workspaces.list(search);
  context.answer(views.map(workspaceViewJson), () =>
    context.table(
      [
        { head: 'WORKSPACE' },
        { head: 'TEMPLATE' },
        { head: 'VERSION', right: true },
        { head: 'PRESET' },
        { head: 'STATUS' },
        { head: 'AGE', right: true },
      ],
      views.map((view) => [
        fullName(view.workspace),
        view.template,
        String(view.version),
        view.preset ?? '',
        statusOf(view),
        age(context.now, view.workspace.createdAt),
      ]),
    ),
  );
  if (views.length === 0) context.note(search === undefined ? 'no workspaces' : `no workspace matches ${search}`);
  return undefined;
};

function statusOf({ workspace, liveBuild }: WorkspaceView): string {
  const held = workspace.heldAt === undefined ? '' : ', held';
  const building = liveBuild === undefined ? '' : ` (${liveBuild.transition}: ${liveBuild.state})`;
  return `${workspace.phase}${held}${building}`;
}
