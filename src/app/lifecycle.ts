import { throwUnlessBuilt } from '../claim/cold.ts';
import { parseAssignments } from '../domain/parameters.ts';
import { checkName } from '../domain/names.ts';
import type { ParameterValues, Workspace } from '../domain/types.ts';
import { ConflictError, UserError } from '../kit/errors.ts';
import type { NewBuild } from '../store/store.ts';
import { driveBuild } from '../workspace/drive.ts';
import { isAbandoned, repairBuild } from '../workspace/repair.ts';
import type { RunOptions } from '../api/app.ts';
import { hostAgents, type Leave } from './agent-host.ts';
import { tellAgents } from './agent-tell.ts';
import { actorOf, type Context } from './context.ts';
import { findWorkspace, refuseOnPrebuild } from './names.ts';
import { driveOptions } from './drive-options.ts';
import { parametersFor } from './parameters.ts';

const full = (workspace: Workspace): string => `${workspace.ownerName}/${workspace.name}`;

/** Finds the workspace of a verb; a build that a killed process left is finished first, so that no verb meets a locked workspace. */
export async function ready(context: Context, name: string, options: RunOptions): Promise<Workspace> {
  const workspace = await findWorkspace(context.store, context.caller, name);
  const live = await context.store.liveBuild(workspace.id);
  if (live === undefined || !isAbandoned(live)) return workspace;
  await repairBuild(context.pool, live, driveOptions(context, options));
  return context.store.getWorkspace(workspace.id);
}

type WithParams = RunOptions & { readonly params: readonly string[] };

/** Parameters of a workspace's next build with this version; only mutable ones may change (spec 4.6). UserError bad_parameter. */
async function chosen(
  context: Context,
  workspace: Workspace,
  versionId: string,
  { params, signal }: WithParams,
): Promise<ParameterValues> {
  const { store } = context;
  const { templateId, presetId, parameters: previous } = workspace;
  const [template, version] = await Promise.all([store.getTemplate(templateId), store.getVersion(versionId)]);
  const presetName = presetId === undefined ? undefined : (await store.getPreset(presetId)).name;
  const resolved = await parametersFor(
    context,
    { template, version, presetName, signal },
    { preset: undefined, given: parseAssignments(params), previous, mode: 'update' },
  );
  const [problem] = resolved.problems;
  if (problem === undefined) return resolved.values;
  throw new UserError('bad_parameter', problem, { hint: `see \`prebuilds template show ${template.name}\`` });
}

type Asked = Pick<NewBuild, 'transition' | 'reason'> & Partial<Pick<NewBuild, 'versionId' | 'parameters' | 'workspaceName'>>;

/** What a person asked for, in the words of the command. */
function verbOf({ transition, versionId, workspaceName }: Asked): string {
  if (workspaceName !== undefined) return 'rename';
  return versionId === undefined ? transition : 'update';
}

/** Queues a build and drives it to its end. */
async function build(
  context: Context,
  workspace: Workspace,
  input: Asked,
  options: RunOptions,
  mayRebuild?: boolean,
): Promise<Workspace> {
  const queued = await context.store.queueBuild({
    workspaceId: workspace.id,
    stage: 'none',
    initiator: await actorOf(context),
    accessUrl: context.config.accessUrl,
    // Else a server's pass may take it for one that a killed process left, and this command would come too late.
    driver: context.pool.me,
    ...input,
  });
  if (queued === undefined) {
    throw new ConflictError(
      'not_possible_now',
      `${full(workspace)} is ${workspace.phase}: ${verbOf(input)} is not possible now`,
      {
        hint: `see \`prebuilds show ${full(workspace)}\``,
      },
    );
  }
  let leave: Leave = () => Promise.resolve();
  try {
    leave = await hearMeanwhile(context, workspace, input.transition);
    const end = await driveBuild(context.pool, queued.build, { ...driveOptions(context, options), mayRebuild });
    if (end.state === 'canceled' && end.refused) throw wouldRebuild(workspace, end.reason);
    throwUnlessBuilt(end, workspace, input.transition);
    const after = await context.store.getWorkspace(workspace.id);
    return input.transition === 'start' ? await tellAgents(context, after, options) : after;
  } catch (error) {
    // A process that lives on, as a server does, would keep everybody else from what it did not even begin.
    await context.store.letGo(queued.build.id, context.pool.me).catch(() => undefined);
    throw error;
  } finally {
    await leave();
  }
}

/** Agents that come up while the engine still works would back off from an address where nobody listens. */
async function hearMeanwhile(context: Context, workspace: Workspace, transition: NewBuild['transition']): Promise<Leave> {
  const some = transition === 'start' && (await context.store.listAgents(workspace.id)).length > 0;
  return some ? hostAgents(context) : () => Promise.resolve();
}

/** With the parameters that it has; `params` of its version may differ, ephemeral ones for this start only. */
export async function startWorkspace(context: Context, name: string, options: WithParams): Promise<Workspace> {
  const workspace = await ready(context, name, options);
  refuseOnPrebuild(workspace, 'start');
  const { phase } = workspace;
  if (phase === 'ready' || phase === 'warming') {
    if (options.params.length > 0) throw runs(workspace);
    return phase === 'ready' ? workspace : tellAgents(context, workspace, options);
  }
  const parameters = await asked(context, workspace, options);
  return build(context, workspace, { transition: 'start', reason: 'started by hand', parameters }, options);
}

/** undefined = nothing was asked for: it keeps what lasts of what it has. */
const asked = async (context: Context, workspace: Workspace, options: WithParams) =>
  options.params.length === 0 ? undefined : chosen(context, workspace, workspace.versionId, options);

const runs = (workspace: Workspace): ConflictError =>
  new ConflictError('not_possible_now', `${full(workspace)} runs already: its parameters stay until it is started again`, {
    hint: `use \`prebuilds restart --param\`, or \`prebuilds update --param\` for the active version too`,
  });

/** Stopping a prebuild parks it: it is held, and the pool is topped up beside it (spec 2). */
export async function stopWorkspace(context: Context, name: string, options: RunOptions): Promise<Workspace> {
  const workspace = await ready(context, name, options);
  if (workspace.phase === 'stopped') return workspace;
  return build(context, workspace, { transition: 'stop', reason: 'stopped by hand' }, options);
}

export async function restartWorkspace(context: Context, name: string, options: WithParams): Promise<Workspace> {
  const workspace = await findWorkspace(context.store, context.caller, name);
  refuseOnPrebuild(workspace, 'restart');
  // What is wrong with them is said before it is stopped.
  await asked(context, workspace, options);
  await stopWorkspace(context, name, options);
  return startWorkspace(context, name, options);
}

/** Builds the workspace from the active version; only mutable parameters may change (spec 4.6). */
export async function updateWorkspace(context: Context, name: string, options: WithParams): Promise<Workspace> {
  const { store } = context;
  const workspace = await ready(context, name, options);
  refuseOnPrebuild(workspace, 'update');
  const template = await store.getTemplate(workspace.templateId);
  const versionId = template.activeVersionId ?? workspace.versionId;
  const parameters = await chosen(context, workspace, versionId, options);
  return build(context, workspace, { transition: 'start', reason: 'updated by hand', versionId, parameters }, options);
}

/**
 * Gives a workspace another name, which is an apply (SM W25). What would be rebuilt because of it is somebody's work, so it is refused unless
 * `force`.
 */
export async function renameWorkspace(
  context: Context,
  name: string,
  newName: string,
  options: RunOptions & { force: boolean },
): Promise<Workspace> {
  const workspace = await ready(context, name, options);
  refuseOnPrebuild(workspace, 'rename');
  checkName('workspace', newName);
  if (newName === workspace.name) return workspace;
  if (workspace.phase === 'stopped') {
    throw new ConflictError('not_possible_now', `${full(workspace)} is stopped: only what runs can be renamed`, {
      hint: `run \`prebuilds start ${full(workspace)}\` first`,
    });
  }
  return build(
    context,
    workspace,
    { transition: 'start', reason: `renamed to ${newName}`, workspaceName: newName },
    options,
    options.force,
  );
}

const wouldRebuild = (workspace: Workspace, why: string): ConflictError =>
  new ConflictError('would_rebuild', `with another name ${full(workspace)} would not keep everything: ${why}`, {
    hint: 'what is rebuilt loses what it holds; --force does it all the same, `prebuilds lint` says how a template avoids it',
  });

/** Destroys the workspace. `force` also declares what may have remained outside every state absent (SM R5). */
export async function deleteWorkspace(
  context: Context,
  name: string,
  options: RunOptions & { force: boolean },
): Promise<Workspace> {
  const workspace = await ready(context, name, options);
  // What was left of a delete before is finished by now.
  if (workspace.phase === 'deleted') return workspace;
  if (options.force) await context.store.resolveSuspects(workspace.id, 'absent');
  const deleted = await build(context, workspace, { transition: 'delete', reason: 'deleted by hand' }, options);
  if (deleted.phase === 'deleted') return deleted;
  const suspects = await context.store.listSuspects('open', workspace.id);
  const what = suspects.map((suspect) => suspect.address).join(', ');
  throw new ConflictError('suspects', `${full(workspace)} was destroyed, but ${what} may exist outside its state`, {
    hint: `look for it, then run \`prebuilds delete ${full(workspace)} --force\``,
  });
}
