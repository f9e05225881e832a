import type { Build } from '../domain/types.ts';
import { workspacePaths } from '../kit/paths.ts';
import type { Operation, WorkspaceDeps } from './deps.ts';

/** Reads everything a build is about; what a build used is stored with the build (SM R9). */
export async function loadOperation(deps: WorkspaceDeps, build: Build): Promise<Operation> {
  const { store } = deps;
  const workspace = await store.getWorkspace(build.workspaceId);
  const template = await store.getTemplate(workspace.templateId);
  const [version, beneficiary, groups] = await Promise.all([
    store.getVersion(build.versionId),
    store.getPerson(build.beneficiaryId),
    store.groupNames(build.beneficiaryId, template.organizationId),
  ]);
  const state = deps.engine.readState(workspacePaths(deps.home, workspace.id).state);
  const runningToken = state.kind === 'ok' ? state.agentToken : undefined;
  return { build, workspace, template, version, beneficiary, groups, runningToken };
}
