import type { WorkspaceDetail } from '../../api/app.ts';
import type { Workspace } from '../../domain/types.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { agentSections, appTable, metadataTable } from '../render/agents.ts';
import { agentJson, appJson, metadataJson } from '../render/agents-json.ts';
import { buildJson, workspaceViewJson } from '../render/json.ts';
import { clean, facts, fullName, sections, statusWords } from '../render/text.ts';
import { PROVES_LITTLE, safetyWords } from '../render/safety.ts';
import { age, until } from '../render/time.ts';

/** `show NAME`. */
export const show: Handler = async (context, [name = '']) => {
  const app = await context.app();
  const detail = await app.workspaces.show(name);
  context.answer(
    {
      ...workspaceViewJson(detail),
      builds: detail.builds.map(buildJson),
      resources: detail.resources,
      agents: detail.agents.map(agentJson),
      apps: detail.apps.map(appJson),
      metadata: detail.metadata.map(metadataJson),
      suspects: detail.suspects,
      connect: detail.connect,
    },
    () => showText(context, detail),
  );
  return undefined;
};

function heldWords({ heldBy, heldReason }: Workspace, since: string | undefined): string | undefined {
  if (since === undefined) return undefined;
  const by = heldBy === undefined ? '' : ` by ${heldBy}`;
  return clean(`${since}${by}${heldReason === undefined ? '' : `: ${heldReason}`}`);
}

function showText(context: Context, detail: WorkspaceDetail): string {
  const { workspace } = detail;
  const { now, style } = context;
  const safety = safetyWords(workspace);
  const ago = (at: number | undefined): string | undefined => (at === undefined ? undefined : `${age(now, at)} ago`);
  return sections(
    facts([
      ['Workspace', style.bold(clean(fullName(workspace)))],
      ['Id', workspace.id],
      ['Template', clean(`${detail.template} version ${String(detail.version)}`)],
      ['Preset', detail.preset === undefined ? undefined : clean(detail.preset)],
      ['Status', statusWords(detail)],
      ['Created', ago(workspace.createdAt)],
      ['Ready', ago(workspace.readyAt)],
      ['Claimed', ago(workspace.claimedAt)],
      ['Cost', workspace.dailyCost === 0 ? undefined : `${String(workspace.dailyCost)} a day`],
      ['Held', heldWords(workspace, ago(workspace.heldAt))],
      ['Invalidated', ago(workspace.invalidatedAt ?? workspace.staleAt)],
      ['Claim', safety === '' ? undefined : clean(`${safety} (${PROVES_LITTLE})`)],
      ['Ends', workspace.expiresAt === undefined ? undefined : until(now, workspace.expiresAt)],
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
    ...agentSections(context, workspace, detail.agents),
    appTable(context, detail.apps),
    metadataTable(context, detail.metadata),
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
