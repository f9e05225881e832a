import { UserError } from '../kit/errors.ts';
import type { Workspace } from '../domain/types.ts';
import type { WorkspaceApi, WorkspaceDetail, WorkspaceView } from '../api/app.ts';
import { agentViews, stateViews } from './agents-shown.ts';
import { claimByWords } from './claims.ts';
import { connectArgv, connectLine, resourceViews, stateOf } from './connect.ts';
import type { Claimant, WorkspaceFilter } from '../store/store.ts';
import type { Context } from './context.ts';
import { printBuildLog } from './engine-log.ts';
import * as lifecycle from './lifecycle.ts';
import { holdPrebuild } from './hold.ts';
import { findWorkspace, lookUpWorkspace } from './names.ts';
import { extendWorkspace } from './extend.ts';
import { historyOf } from './history.ts';
import { callerName } from './identity.ts';
import { ofOrganization } from './organization.ts';
import { parseSearch } from './search.ts';
import { cancelWaiting, listWaiting } from './waiting.ts';

/** The developer's side: claim, look, and life after the claim. */
export function createWorkspaceApi(context: Context): WorkspaceApi {
  const { store } = context;
  const lookUp = async (name: string) => (await lookUpWorkspace(store, context.caller, name)).workspace;
  return {
    claim: (input) => claimByWords(context, input),
    waiting: () => listWaiting(context),
    cancelWaiting: (name) => cancelWaiting(context, name),
    extend: (name, ms) => extendWorkspace(context, name, ms),
    list: async (search = '') => {
      const { filter, test } = parseSearch(search, callerName(context.caller));
      const shown = await ofOrganization(context);
      return (await listViews(context, filter)).filter((view) => shown(view) && test(view));
    },
    show: async (name) => detailOf(context, await lookUp(name)),
    history: (name) => historyOf(context, name),
    logs: async (name, options) => {
      const workspace = await lookUp(name);
      const builds = await store.listBuilds(workspace.id);
      const build = options.build === undefined ? builds.at(-1) : builds.find((one) => one.number === options.build);
      if (build === undefined) {
        const known = builds.map((one) => String(one.number)).join(', ');
        throw new UserError('unknown_build', `${name} has no build ${String(options.build ?? '')}`, { hint: `known: ${known}` });
      }
      await printBuildLog({ store, clock: context.clock, runner: context.pool.engine.runner }, build, options);
    },
    agentLogs: async (name, input) => (await import('./agent-log.ts')).printAgentLogs(context, await lookUp(name), input),
    start: (name, options) => lifecycle.startWorkspace(context, name, options),
    stop: (name, options) => lifecycle.stopWorkspace(context, name, options),
    restart: (name, options) => lifecycle.restartWorkspace(context, name, options),
    update: (name, options) => lifecycle.updateWorkspace(context, name, options),
    rename: (name, newName, options) => lifecycle.renameWorkspace(context, name, newName, options),
    delete: (name, options) => lifecycle.deleteWorkspace(context, name, options),
    orphan: async (name, options) => (await import('./orphan.ts')).orphanWorkspace(context, name, options),
    hold: (name, held, reason) => holdPrebuild(context, name, held, reason),
    connect: async (name) => {
      const workspace = await findWorkspace(store, context.caller, name);
      const argv = await connectArgv(context, workspace);
      if (argv !== undefined)
        return { argv, env: { PREBUILDS_WORKSPACE_ID: workspace.id, PREBUILDS_WORKSPACE_NAME: workspace.name } };
      throw new UserError('no_connect', `no connect command is configured for ${name}`, {
        hint: 'set `templates.<name>.connect` in the configuration, e.g. [docker, exec, -it, "{output.container}", sh]',
      });
    },
  };
}

/** Such workspaces in a fixed number of reads, whatever their number. */
async function listViews({ store }: Context, filter: WorkspaceFilter): Promise<readonly WorkspaceView[]> {
  const live = new Map((await store.liveBuilds()).map((build) => [build.workspaceId, build]));
  const claimants = new Map((await store.claimants()).map((one) => [one.workspaceId, namesOf(one)]));
  return (await store.namedWorkspaces(filter)).map((named) => {
    const { id } = named.workspace;
    return { ...named, liveBuild: live.get(id), claimant: claimants.get(id) };
  });
}

const namesOf = ({ owner, name }: Claimant) => ({ owner, name });

async function viewOf(context: Context, workspace: Workspace): Promise<WorkspaceView> {
  const { store } = context;
  const [template, version, preset, liveBuild, [claimant]] = await Promise.all([
    store.getTemplate(workspace.templateId),
    store.getVersion(workspace.versionId),
    workspace.presetId === undefined ? undefined : store.getPreset(workspace.presetId),
    store.liveBuild(workspace.id),
    workspace.claimId === undefined ? [] : store.claimants({ workspaceId: workspace.id }),
  ]);
  return {
    workspace,
    organization: template.organization,
    template: template.name,
    version: version.number,
    preset: preset?.name,
    liveBuild,
    claimant: claimant && namesOf(claimant),
  };
}

async function detailOf(context: Context, workspace: Workspace): Promise<WorkspaceDetail> {
  const { store } = context;
  const resources = resourceViews(stateOf(context, workspace));
  return {
    ...(await viewOf(context, workspace)),
    builds: await store.listBuilds(workspace.id),
    resources,
    agents: await agentViews(context, workspace),
    ...stateViews(context, workspace, resources),
    suspects: await store.listSuspects('open', workspace.id),
    connect: await connectLine(context, workspace),
  };
}
