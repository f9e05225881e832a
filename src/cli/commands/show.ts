import type { WorkspaceDetail } from '../../app/api.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { buildJson, workspaceViewJson } from '../render/json.ts';
import { clean, facts, fullName, sections } from '../render/text.ts';
import { age } from '../render/time.ts';

/** `show NAME`. */
export const show: Handler = async (context, [name = '']) => {
  const app = await context.app();
  const detail = await app.workspaces.show(name);
  context.answer(
    {
      ...workspaceViewJson(detail),
      builds: detail.builds.map(buildJson),
      resources: detail.resources,
      suspects: detail.suspects,
      connect: detail.connect,
    },
    () => showText(context, detail),
  );
  return undefined;
};

function showText(context: Context, detail: WorkspaceDetail): string {
  const { workspace } = detail;
  const { now, style } = context;
  const ago = (at: number | undefined): string | undefined => (at === undefined ? undefined : `${age(now, at)} ago`);
  return sections(
    facts([
      ['Workspace', style.bold(clean(fullName(workspace)))],
      ['Id', workspace.id],
      ['Template', clean(`${detail.template} version ${String(detail.version)}`)],
      ['Preset', detail.preset === undefined ? undefined : clean(detail.preset)],
      ['Status', workspace.phase],
      ['Created', ago(workspace.createdAt)],
      ['Ready', ago(workspace.readyAt)],
      ['Claimed', ago(workspace.claimedAt)],
      ['Error', workspace.lastError === undefined ? undefined : clean(workspace.lastError)],
      ['Connect', detail.connect === undefined ? undefined : clean(detail.connect)],
    ]),
    context.table(
      [{ head: 'PARAMETER' }, { head: 'VALUE' }],
      Object.entries(workspace.parameters).map(([key, value]) => [key, value]),
    ),
    context.table(
      [{ head: 'RESOURCE' }, { head: 'ID' }],
      detail.resources.map(({ address, id }) => [address, id ?? '']),
    ),
    context.table(
      [
        { head: 'BUILD', right: true },
        { head: 'WHAT' },
        { head: 'STATE' },
        { head: 'AGE', right: true },
        { head: 'WHY' },
        { head: 'ERROR' },
      ],
      detail.builds.map((build) => [
        String(build.number),
        build.stage === 'none' ? build.transition : build.stage,
        build.state,
        age(now, build.createdAt),
        build.reason,
        build.error ?? '',
      ]),
    ),
    detail.suspects
      .filter(({ state }) => state !== 'absent')
      .map(({ address }) =>
        style.yellow(`warning: ${clean(address)} may exist although no state knows it; look for it, and remove it by hand`),
      )
      .join('\n'),
  );
}
