import { resolveParameters, type ParameterRequest, type ResolvedParameters } from '../domain/parameters.ts';
import type { ConditionalFacts, Parameter, ParameterValues, Template, Version } from '../domain/types.ts';
import { sameValue, valueIn } from '../domain/values.ts';
import { InterruptedError, messageOf } from '../kit/errors.ts';
import type { Context } from './context.ts';

type Request = Omit<ParameterRequest, 'parameters' | 'ownerDependent'>;

interface Asked {
  readonly template: Template;
  readonly version: Version;
  /** Whose view of the parameters it is: the preset that was chosen, or that of the workspace. */
  readonly presetName: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The parameters of a build. Where some exist, or have other rules, depending on values of others, the engine is asked once more with the values that
 * were asked for (Coder's dynamic parameters): when a value on which others depend differs from those of the push, or something seems wrong.
 */
export async function parametersFor(context: Context, asked: Asked, request: Request): Promise<ResolvedParameters> {
  const { version, presetName } = asked;
  const { ownerParameters: ownerDependent, conditional } = version.facts;
  const parameters = await context.store.versionParameters(version.id, presetName);
  const resolved = resolveParameters({ ...request, parameters, ownerDependent });
  if (conditional === undefined) return resolved;
  if (resolved.problems.length === 0 && !(await isMoved(context, asked, conditional, parameters, resolved.values)))
    return resolved;
  const exact = await askEngine(context, asked, conditional.targets, parameters, {
    ...request.preset?.parameters,
    ...request.previous,
    ...request.given,
  });
  return exact === undefined ? resolved : resolveParameters({ ...request, parameters: exact, ownerDependent });
}

/** Whether a parameter on which others depend has another value than where `parameters` were looked at. */
async function isMoved(
  { store }: Context,
  { version, presetName }: Asked,
  { leading, values }: ConditionalFacts,
  parameters: readonly Parameter[],
  now: ParameterValues,
): Promise<boolean> {
  const preset = (await store.versionPresets(version.id)).find(({ name }) => name === presetName);
  const then = preset?.parameters ?? values;
  return parameters.some((parameter) => {
    const [before, after] = [valueIn(then, parameter.name) ?? parameter.defaultValue, valueIn(now, parameter.name)];
    if (!leading.includes(parameter.name) || before === after) return false;
    return before === undefined || after === undefined || !sameValue(parameter, before, after);
  });
}

/** undefined = the engine does not take these values, of which what is known already says enough. */
async function askEngine(
  context: Context,
  { template, version, signal }: Asked,
  targets: readonly string[],
  known: readonly Parameter[],
  values: ParameterValues,
): Promise<readonly Parameter[] | undefined> {
  const { config, env, logger } = context;
  const [{ createVersionEvaluator }, { parametersWith }, { versionPaths }] = await Promise.all([
    import('../engine/version-evaluator.ts'),
    import('../catalog/evaluate.ts'),
    import('../kit/paths.ts'),
  ]);
  const { existsSync } = await import('node:fs');
  const evaluator = createVersionEvaluator({ inherited: env, configured: config.env, fileExists: existsSync });
  const { accessUrl, loader } = version.facts;
  const engine = { kind: version.engineKind, path: version.enginePath, version: version.engineVersion };
  const frame = { ...versionPaths(version.folder), engine, templateName: template.name, accessUrl, loader, signal };
  try {
    return await parametersWith(evaluator, { ...frame, parameters: values, targets }, known);
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    logger.debug('parameters could not be evaluated', { template: template.name, error: messageOf(error) });
    return undefined;
  }
}
