import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SYSTEM_USER, type ParameterValues } from '../domain/types.ts';
import { EngineError, InterruptedError, UserError, type AppError } from '../kit/errors.ts';
import { systemIds } from '../kit/ids.ts';
import { cut, firstError, initArgs, planArgs, showPlan } from './commands.ts';
import { describe } from './diagnostics.ts';
import type { Diagnostic, EngineInfo } from './engine.ts';
import { baseEnvironment, engineEnvironment, type EnvironmentInput, type OperationIdentity } from './environment.ts';
import { capture, type Captured } from './exec.ts';
import { findProviderBinary } from './provider-binary.ts';
import { parseStream } from './stream.ts';
import { textErrors } from './text-errors.ts';
import { variableErrors } from './variable-errors.ts';

const INIT_TIMEOUT_MS = 15 * 60_000;
const PLAN_TIMEOUT_MS = 5 * 60_000;

interface Staged {
  readonly engine: EngineInfo;
  readonly source: string;
  readonly data: string;
  readonly variables: string;
  readonly signal?: AbortSignal | undefined;
}

interface Request extends Staged {
  readonly templateName: string;
  readonly parameters: ParameterValues;
  readonly targets: readonly string[] | undefined;
  readonly accessUrl: string;
  readonly loader: number;
}

/** Environment of all engine commands of a push, but for the data folder. */
export type EvaluatorEnvironment = Omit<EnvironmentInput, 'dataDir'>;

/** Asks the real engine about a template version: one init, and plans as the system user that are never applied (spec 4.1). */
export function createVersionEvaluator(base: EvaluatorEnvironment): {
  init(version: Staged): Promise<void>;
  checkVariables(version: Staged): Promise<void>;
  checkProviders(version: Staged, addresses: readonly string[]): Promise<void>;
  evaluate(request: Request): Promise<unknown>;
} {
  return {
    init: async (version) => {
      const env = baseEnvironment({ ...base, dataDir: version.data });
      const args = initArgs();
      const answer = await capture({
        file: version.engine.path,
        args,
        cwd: version.source,
        env,
        timeoutMs: INIT_TIMEOUT_MS,
        signal: version.signal,
      });
      if (answer.interrupted) throw new InterruptedError('interrupted while the providers were being installed');
      if (answer.exitCode !== 0) throw initError(version.engine, answer);
    },
    checkVariables: async (version) => {
      const answer = await capture({
        file: version.engine.path,
        // Without any input it only reads the configuration and the values.
        args: ['console', '-no-color', `-var-file=${version.variables}`],
        cwd: version.source,
        env: baseEnvironment({ ...base, dataDir: version.data }),
        timeoutMs: PLAN_TIMEOUT_MS,
        signal: version.signal,
      });
      if (answer.interrupted) throw new InterruptedError('interrupted while the variables were being checked');
      const [first] = variableErrors(answer.stderr);
      if (first !== undefined) throw new UserError('variable_value', first, { hint: 'correct --var, --var-file or TF_VAR_*' });
    },
    checkProviders: async ({ data, source }, addresses) => {
      // One after the other, since each adds to the same file.
      for (const address of addresses) await findProviderBinary(data, source, address).catch(() => undefined);
    },
    evaluate: async (request) => {
      const env = engineEnvironment({ ...base, dataDir: request.data, identity: systemIdentity(request) });
      const plan = join(dirname(request.data), `evaluation-${systemIds.uuid()}.tfplan`);
      try {
        await plannedBy(request, env, plan);
        return await showPlan({ engine: request.engine, cwd: request.source, env, plan, signal: request.signal });
      } finally {
        // A plan holds values of variables.
        await rm(plan, { force: true });
      }
    },
  };
}

async function plannedBy(request: Request, env: Readonly<Record<string, string>>, out: string): Promise<void> {
  const args = planArgs({
    refresh: false,
    destroy: false,
    lock: false,
    out,
    varFile: request.variables,
    targets: request.targets,
  });
  const answer = await capture({
    file: request.engine.path,
    args,
    cwd: request.source,
    env,
    timeoutMs: PLAN_TIMEOUT_MS,
    signal: request.signal,
  });
  if (answer.interrupted) throw new InterruptedError('interrupted while the template was being evaluated');
  if (answer.exitCode !== 0) throw planError(request.engine, answer);
}

/** A first build of the system user, of a workspace that never exists. */
function systemIdentity(request: Request): OperationIdentity {
  return {
    workspaceId: systemIds.uuid(),
    workspaceName: 'prebuild-evaluation',
    owner: { ...SYSTEM_USER, isSystem: true },
    groups: [],
    roles: [],
    buildId: systemIds.uuid(),
    templateId: systemIds.uuid(),
    templateName: request.templateName,
    templateVersion: 'evaluation',
    transition: 'start',
    stage: 'create',
    parameters: request.parameters,
    previousParameters: undefined,
    runningToken: undefined,
    accessUrl: request.accessUrl,
    loader: request.loader,
  };
}

/** Which of init's failures is it; the engine's own first words are kept. */
export function initError(engine: EngineInfo, answer: Captured): AppError {
  const details = { engine: engine.path, exitCode: answer.exitCode };
  const errors = [...textErrors(answer.stderr), ...textErrors(answer.stdout)];
  // The first one of a configuration that is wrong says only that what is wrong comes below.
  const first = errors.find(({ summary }) => !/encountered problems during initiali[sz]ation/i.test(summary)) ?? errors.at(0);
  if (first === undefined) {
    return new EngineError('init_failed', `${engine.kind} init failed: ${firstError(answer)}`, {
      hint: `run ${engine.kind} init in the template folder to see more`,
      details,
    });
  }
  const { summary, paragraphs, place } = first;
  const why = cut(paragraphs.length === 0 ? summary : `${summary}: ${paragraphs[0] ?? ''}`);
  if (
    /provider packages?|install(ing)? provider|provider registry|could not (retrieve|resolve|query).*provider|unsuitable|checksums/i.test(
      why,
    )
  ) {
    return new EngineError('provider_unavailable', `a provider of the template cannot be obtained: ${why}`, {
      hint: 'check the source and version of the provider, and that its registry or mirror can be reached from here',
      details,
    });
  }
  if (/module/i.test(summary) && !/module (not installed|argument)/i.test(summary)) {
    return new EngineError('module_unavailable', `a module of the template cannot be obtained: ${why}`, {
      hint: 'check the source of the module, and that it can be reached from here',
      details,
    });
  }
  if (place !== undefined) {
    return new UserError('template_invalid', `${place}: ${why}`, { hint: 'correct the template and push again', details });
  }
  return new EngineError('init_failed', `${engine.kind} init failed: ${why}`, {
    hint: `run ${engine.kind} init in the template folder to see more`,
    details,
  });
}

/** The template's own fault (exit 2), or the engine's and its surroundings' (exit 3). */
export function planError(engine: EngineInfo, answer: Captured): AppError {
  const errors = parseStream(answer.stdout).flatMap((event) =>
    event.type === 'diagnostic' && event.diagnostic.severity === 'error' ? [event.diagnostic] : [],
  );
  const decisive = errors.find(isDecisive);
  const first = decisive ?? errors.at(0);
  if (first === undefined) {
    return new EngineError('evaluation_failed', `the template could not be evaluated: ${firstError(answer)}`, {
      hint: `run ${engine.kind} plan in the template folder to see more`,
    });
  }
  if (decisive !== undefined || (first.file !== undefined && !/provider|credential/i.test(first.summary))) {
    const details = {
      file: first.file,
      line: first.line,
      column: first.column,
      address: first.address,
      decisive: decisive !== undefined,
    };
    return new UserError('template_invalid', located(first), { hint: hintFor(first), details });
  }
  return new EngineError('evaluation_failed', `the template could not be evaluated: ${describe(first)}`, {
    hint: 'the whole template had to be planned for this; check the credentials of its providers',
    details: { address: first.address },
  });
}

/** Faults of the coder blocks and of variables are the same however the engine is asked. */
function isDecisive(diagnostic: Diagnostic): boolean {
  return (
    /(^|\.)coder_/.test(diagnostic.address ?? '') ||
    /required variable|undeclared variable|value for (input )?variable|unsupported (argument|block|attribute)|missing required argument|reference to undeclared|duplicate/i.test(
      diagnostic.summary,
    )
  );
}

function located(diagnostic: Diagnostic): string {
  const detail = (diagnostic.detail.trim().split('\n')[0] ?? '').replace(/\s+/g, ' ');
  const text = `${diagnostic.summary.replace(/[.:]$/, '')}${detail === '' ? '' : `: ${detail}`}`.replace(/\.$/, '');
  const of = diagnostic.address === undefined ? '' : ` (${diagnostic.address})`;
  if (diagnostic.file === undefined) return `${text}${of}`;
  return `${diagnostic.file}:${String(diagnostic.line ?? 1)}:${String(diagnostic.column ?? 1)}: ${text}${of}`;
}

const hintFor = (diagnostic: Diagnostic): string =>
  /required variable/i.test(diagnostic.summary)
    ? 'give the variable a value with --var NAME=VALUE or --var-file FILE'
    : 'correct the template and push again';
