import type { Parameter, ParameterValues, PresetInput } from '../domain/types.ts';
import { EngineError, UserError } from '../kit/errors.ts';
import { readPlan, type EvaluatedPreset, type Evaluation } from '../template/plan.ts';
import type { TemplateReading } from '../template/reading.ts';
import { glance } from '../template/static.ts';
import type { EvaluationRequest, VersionEvaluator } from './evaluator.ts';

export type EvaluationFrame = Omit<EvaluationRequest, 'parameters' | 'targets'>;

/** Evaluates with the engine: presets, parameters and the rest, and each preset's own view of the parameters where that can differ. */
export interface Evaluator {
  first(): Promise<Evaluation>;
  /** Values that the first one was given. */
  readonly firstValues: ParameterValues;
  /** Parameters as they are with this preset's values. */
  forPreset(preset: EvaluatedPreset, first: Evaluation): Promise<readonly Parameter[]>;
}

/**
 * The first evaluation is given the values of the preset that the text shows (a plan may need them), so one plan serves a template with
 * one preset. Targets keep the other providers out of it; when the engine refuses them, fewer targets and at last the whole template
 * are tried.
 */
export function createEvaluator(
  evaluator: Pick<VersionEvaluator, 'evaluate'>,
  frame: EvaluationFrame,
  reading: TemplateReading,
  targets: readonly string[],
): Evaluator {
  const seen = glance(reading);
  const firstValues = startValues(seen);
  const ask = async (parameters: ParameterValues) => readPlan(await askAny(evaluator, { ...frame, parameters }, targets));
  return {
    first: () => ask(firstValues),
    firstValues,
    forPreset: async (preset, first) => {
      if (!first.conditional || sameValues(preset.parameters, firstValues)) return first.parameters;
      return parametersWith(evaluator, { ...frame, parameters: preset.parameters, targets }, first.parameters);
    },
  };
}

/** The parameters as they are with the values of the request; those among `known` that stand open get a guess. */
export async function parametersWith(
  evaluator: Pick<VersionEvaluator, 'evaluate'>,
  { targets, ...request }: EvaluationRequest,
  known: readonly Parameter[],
): Promise<readonly Parameter[]> {
  const parameters = { ...guesses(known), ...request.parameters };
  return readPlan(await askAny(evaluator, { ...request, parameters }, targets ?? [])).parameters;
}

async function askAny(
  evaluator: Pick<VersionEvaluator, 'evaluate'>,
  request: Omit<EvaluationRequest, 'targets'>,
  targets: readonly string[],
): Promise<unknown> {
  const dataOnly = targets.filter((target) => !/(^|\.)coder_agent\./.test(target));
  const ways = [targets, ...(dataOnly.length > 0 && dataOnly.length < targets.length ? [dataOnly] : []), undefined];
  let last: unknown;
  for (const way of ways) {
    try {
      return await evaluator.evaluate({ ...request, targets: way });
    } catch (error) {
      if (!isWorthAnotherTry(error)) throw error;
      last = error;
    }
  }
  throw last;
}

function isWorthAnotherTry(error: unknown): boolean {
  if (error instanceof UserError) return error.details?.['decisive'] !== true;
  return error instanceof EngineError && error.code === 'evaluation_failed';
}

/** Values of the default preset, else of the first one with prebuilds, else of the first; and something for open required parameters. */
function startValues(seen: { presets: readonly PresetInput[]; parameters: readonly Parameter[] }): ParameterValues {
  const preset = seen.presets.find((one) => one.isDefault) ?? seen.presets.find((one) => one.hasPrebuilds) ?? seen.presets.at(0);
  return { ...guesses(seen.parameters), ...preset?.parameters };
}

/** A required parameter with validation fails the plan when it has no value at all. */
function guesses(parameters: readonly Parameter[]): ParameterValues {
  const open = parameters.filter((parameter) => parameter.defaultValue === undefined);
  return Object.fromEntries(
    open.flatMap((parameter) => {
      const value = guess(parameter);
      return value === undefined ? [] : [[parameter.name, value]];
    }),
  );
}

function guess(parameter: Parameter): string | undefined {
  const [option] = parameter.options;
  if (option !== undefined) return parameter.type === 'list(string)' ? JSON.stringify([option.value]) : option.value;
  const rule = parameter.validations.at(0);
  switch (parameter.type) {
    case 'number':
      return String(rule?.min ?? Math.min(0, rule?.max ?? 0));
    case 'bool':
      return 'false';
    case 'list(string)':
      return '[]';
    case 'string':
      return undefined;
  }
}

const sameValues = (a: ParameterValues, b: ParameterValues): boolean => {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
};
