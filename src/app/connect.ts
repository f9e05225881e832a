import type { Workspace } from '../domain/types.ts';
import { UserError } from '../kit/errors.ts';
import { workspacePaths } from '../kit/paths.ts';
import type { StateFacts } from '../workspace/deps.ts';
import type { ResourceView } from '../api/app.ts';
import type { Context } from './context.ts';

const PLACEHOLDER = /\{(id|name|owner|output\.([\w-]+))\}/g;

/** Words in single braces that look like placeholders and are none; `${NAME}` and `{{end}}` belong to other programs. */
export const unknownPlaceholders = (command: readonly string[]): readonly string[] =>
  command.flatMap((argument) => argument.replaceAll(PLACEHOLDER, '').match(/(?<![${])\{[a-z][\w.-]*\}(?!\})/g) ?? []);

/** Fills `{id}`, `{name}`, `{owner}`, `{output.NAME}` in one argument of a configured connect command; never goes through a shell. */
function fillPlaceholders(argument: string, workspace: Workspace, outputs: Outputs): string {
  return argument.replaceAll(PLACEHOLDER, (whole, word: string, output: string | undefined) => {
    if (output !== undefined) return valueOf(output, workspace, outputs);
    return { id: workspace.id, name: workspace.name, owner: workspace.ownerName }[word] ?? whole;
  });
}

type Outputs = Extract<StateFacts, { kind: 'ok' }>['outputs'];

/** A word that stayed as it is would go to another program, which says something else about it. */
function valueOf(output: string, { ownerName, name, phase }: Workspace, outputs: Outputs): string {
  const value = outputs[output];
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  const known = Object.keys(outputs);
  throw new UserError(
    'no_output',
    `the connect command of ${ownerName}/${name} needs the output "${output}", which it does not have`,
    {
      hint:
        phase === 'stopped'
          ? `start it: \`prebuilds start ${ownerName}/${name}\``
          : `it has ${known.length === 0 ? 'none' : known.join(', ')}; sensitive ones, lists and maps are not filled in`,
    },
  );
}

/** Managed resources of a state, without values. */
export const resourceViews = (state: StateFacts): readonly ResourceView[] =>
  state.kind === 'ok'
    ? state.resources.filter((one) => one.mode === 'managed').map(({ address, type, id }) => ({ address, type, id }))
    : [];

/** What the workspace's state file says now. */
export const stateOf = (context: Context, workspace: Workspace) =>
  context.pool.engine.readState(workspacePaths(context.config.home, workspace.id).state);

/** The configured connect command of a workspace; undefined when there is none. UserError no_output for an output that it has not. */
export async function connectArgv(context: Context, workspace: Workspace): Promise<readonly string[] | undefined> {
  const command = await configured(context, workspace);
  if (command === undefined) return undefined;
  const state = stateOf(context, workspace);
  const outputs = state.kind === 'ok' ? state.outputs : {};
  return command.map((argument) => fillPlaceholders(argument, workspace, outputs));
}

async function configured({ store, config }: Context, workspace: Workspace): Promise<readonly string[] | undefined> {
  const template = await store.getTemplate(workspace.templateId);
  const preset = workspace.presetId === undefined ? undefined : (await store.getPreset(workspace.presetId)).name;
  return config.policy(template.name, preset).connect;
}

/** What to type to get into the workspace. */
export async function connectLine(context: Context, workspace: Workspace): Promise<string | undefined> {
  const command = await configured(context, workspace);
  return command === undefined ? undefined : `prebuilds connect ${workspace.ownerName}/${workspace.name}`;
}
