import { UserError } from '../kit/errors.ts';
import type { Workspace } from '../domain/types.ts';
import type { WorkspaceApi, WorkspaceDetail, WorkspaceView } from './api.ts';
import { claimByWords } from './claims.ts';
import { connectArgv, connectLine, resourceViews, stateOf } from './connect.ts';
import type { Context } from './context.ts';
import { printBuildLog } from './engine-log.ts';
import * as lifecycle from './lifecycle.ts';
import { findWorkspace } from './names.ts';
import { parseSearch } from './search.ts';

/** The developer's side: claim, look, and life after the claim. */
export function createWorkspaceApi(context: Context): WorkspaceApi {
  const { store } = context;
  const find = (name: string) => findWorkspace(store, { env: context.env }, name);
  return {
    claim: (input) => claimByWords(context, input),
    list: async (search = '') => {
      const test = parseSearch(search);
      const views = await Promise.all((await store.listWorkspaces()).map((workspace) => viewOf(context, workspace)));
      return views.filter(test);
    },
    show: async (name) => detailOf(context, await find(name)),
    history: async (name) => {
      const workspace = await find(name);
      const [builds, claims, events] = await Promise.all([
        store.listBuilds(workspace.id),
        store.claimsSince(0),
        store.listEvents({ workspaceId: workspace.id }),
      ]);
      return { builds, claims: claims.filter((claim) => claim.workspaceId === workspace.id), events };
    },
    logs: async (name, options) => {
      const workspace = await find(name);
      const builds = await store.listBuilds(workspace.id);
      const build = options.build === undefined ? builds.at(-1) : builds.find((one) => one.number === options.build);
      if (build === undefined) {
        const known = builds.map((one) => String(one.number)).join(', ');
        throw new UserError('unknown_build', `${name} has no build ${String(options.build ?? '')}`, { hint: `known: ${known}` });
      }
      await printBuildLog(store, context.clock, build, options);
    },
    start: (name, options) => lifecycle.startWorkspace(context, name, options),
    stop: (name, options) => lifecycle.stopWorkspace(context, name, options),
    restart: (name, options) => lifecycle.restartWorkspace(context, name, options),
    update: (name, options) => lifecycle.updateWorkspace(context, name, options),
    rename: (name, newName, options) => lifecycle.renameWorkspace(context, name, newName, options),
    delete: (name, options) => lifecycle.deleteWorkspace(context, name, options),
    connect: async (name) => {
      const workspace = await find(name);
      const argv = await connectArgv(context, workspace);
      if (argv !== undefined)
        return { argv, env: { PREBUILDS_WORKSPACE_ID: workspace.id, PREBUILDS_WORKSPACE_NAME: workspace.name } };
      throw new UserError('no_connect', `no connect command is configured for ${name}`, {
        hint: 'set `templates.<name>.connect` in the configuration, e.g. [docker, exec, -it, "{output.container}", sh]',
      });
    },
  };
}

async function viewOf(context: Context, workspace: Workspace): Promise<WorkspaceView> {
  const { store } = context;
  const [template, version, preset, liveBuild] = await Promise.all([
    store.getTemplate(workspace.templateId),
    store.getVersion(workspace.versionId),
    workspace.presetId === undefined ? undefined : store.getPreset(workspace.presetId),
    store.liveBuild(workspace.id),
  ]);
  return { workspace, template: template.name, version: version.number, preset: preset?.name, liveBuild };
}

async function detailOf(context: Context, workspace: Workspace): Promise<WorkspaceDetail> {
  const { store } = context;
  const suspects = await store.listSuspects('open');
  return {
    ...(await viewOf(context, workspace)),
    builds: await store.listBuilds(workspace.id),
    resources: resourceViews(stateOf(context, workspace)),
    suspects: suspects.filter((suspect) => suspect.workspaceId === workspace.id),
    connect: await connectLine(context, workspace),
  };
}
