import type { Build } from '../domain/types.ts';
import { workspacePaths } from '../kit/paths.ts';
import type { Operation, WorkspaceDeps } from './deps.ts';

/** Reads everything a build is about; what a build used is stored with the build (SM R9). */
export async function loadOperation(deps: WorkspaceDeps, build: Build): Promise<Operation> {
  const { store } = deps;
  const workspace = await store.getWorkspace(build.workspaceId);
  const [template, version, beneficiary] = await Promise.all([
    store.getTemplate(workspace.templateId),
    store.getVersion(build.versionId),
    store.getPerson(build.beneficiaryId),
  ]);
  const state = deps.engine.readState(workspacePaths(deps.home, workspace.id).state);
  return { build, workspace, template, version, beneficiary, runningToken: state.kind === 'ok' ? state.agentToken : undefined };
}
