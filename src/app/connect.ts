import type { Workspace } from '../domain/types.ts';
import { workspacePaths } from '../kit/paths.ts';
import type { StateFacts } from '../workspace/deps.ts';
import type { ResourceView } from '../api/app.ts';
import type { Context } from './context.ts';

/** Fills `{id}`, `{name}`, `{owner}`, `{output.NAME}` in one argument of a configured connect command; never goes through a shell. */
function fillPlaceholders(argument: string, workspace: Workspace, state: StateFacts): string {
  const outputs = state.kind === 'ok' ? state.outputs : {};
  return argument.replaceAll(/\{(id|name|owner|output\.([\w-]+))\}/g, (whole, word: string, output: string | undefined) => {
    if (output !== undefined) {
      const value = outputs[output];
      return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
    }
    return { id: workspace.id, name: workspace.name, owner: workspace.ownerName }[word] ?? whole;
  });
}

/** Managed resources of a state, without values. */
export const resourceViews = (state: StateFacts): readonly ResourceView[] =>
  state.kind === 'ok'
    ? state.resources.filter((one) => one.mode === 'managed').map(({ address, type, id }) => ({ address, type, id }))
    : [];

/** What the workspace's state file says now. */
export const stateOf = (context: Context, workspace: Workspace) =>
  context.pool.engine.readState(workspacePaths(context.config.home, workspace.id).state);

/** The configured connect command of a workspace; undefined when there is none. */
export async function connectArgv(context: Context, workspace: Workspace): Promise<readonly string[] | undefined> {
  const template = await context.store.getTemplate(workspace.templateId);
  const preset = workspace.presetId === undefined ? undefined : (await context.store.getPreset(workspace.presetId)).name;
  const { connect } = context.config.policy(template.name, preset);
  if (connect === undefined) return undefined;
  const state = stateOf(context, workspace);
  return connect.map((argument) => fillPlaceholders(argument, workspace, state));
}

/** What to type to get into the workspace. */
export async function connectLine(context: Context, workspace: Workspace): Promise<string | undefined> {
  const argv = await connectArgv(context, workspace);
  return argv === undefined ? undefined : `prebuilds connect ${workspace.ownerName}/${workspace.name}`;
}
