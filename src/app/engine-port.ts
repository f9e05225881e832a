import { existsSync } from 'node:fs';
import { isServedAgent } from '../domain/agent-kind.ts';
import { applyArgs, directArgs, planArgs, refreshOnlyArgs, replacePathsOf, showPlan } from '../engine/commands.ts';
import { plannedCostOf } from '../engine/cost.ts';
import { classify } from '../engine/diagnostics.ts';
import { engineEnvironment } from '../engine/environment.ts';
import { createEngineRunner } from '../engine/runner.ts';
import { readStateAgents } from '../engine/state-agents.ts';
import { readState } from '../engine/state.ts';
import type { Clock } from '../kit/clock.ts';
import { sha256 } from '../kit/ids.ts';
import type { Logger } from '../kit/logger.ts';
import { versionPaths } from '../kit/paths.ts';
import type { EnginePort, Operation } from '../workspace/deps.ts';
import type { Config } from './config.ts';

/** The engine room as the workspace room wants it: environment, arguments and reading of one operation. */
export function createEnginePort(config: Config, inherited: NodeJS.ProcessEnv, clock: Clock, logger: Logger): EnginePort {
  return {
    runner: createEngineRunner({ clock, logger }),
    environment: (operation) =>
      engineEnvironment({
        inherited,
        configured: config.env,
        dataDir: versionPaths(operation.version.folder).data,
        fileExists: existsSync,
        identity: identityOf(operation),
      }),
    engineOf: (build) => ({ kind: build.engineKind, path: build.enginePath, version: build.engineVersion }),
    isThere: ({ path }) => existsSync(path),
    planArgs,
    applyArgs,
    directArgs,
    refreshOnlyArgs,
    replacePaths: async (input) => replacePathsOf(await showPlan(input)),
    plannedCost: async (input) => plannedCostOf(await showPlan(input)),
    classify: (result) => classify(result),
    readState,
    readAgents: (path) =>
      readStateAgents(path)
        .filter(isServedAgent)
        .map(({ name, token, scripts }) => ({
          name,
          tokenSha256: sha256(token),
          hasStopScripts: scripts.some((script) => script.when !== 'start'),
        })),
  };
}

function identityOf(operation: Operation): Parameters<typeof engineEnvironment>[0]['identity'] {
  const { build, workspace, template, version } = operation;
  return {
    workspaceId: workspace.id,
    workspaceName: build.workspaceName,
    owner: operation.beneficiary,
    groups: operation.groups,
    roles: [],
    buildId: build.id,
    templateId: template.id,
    templateName: template.name,
    templateVersion: String(version.number),
    transition: build.transition,
    stage: build.stage,
    parameters: build.parameters,
    previousParameters: build.number > 1 ? workspace.parameters : undefined,
    runningToken: operation.runningToken,
    accessUrl: build.accessUrl,
    loader: build.loader,
  };
}
