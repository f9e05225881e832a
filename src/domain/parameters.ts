import { UserError } from '../kit/errors.ts';
import { nearest } from './nearest.ts';
import type { Parameter, ParameterValues, Preset } from './types.ts';
import { monotonicProblem, normalise, ruleProblem, sameValue, valueIn } from './values.ts';

/** Reads `--param` arguments; a value may contain `=`. UserError when one is not `name=value` or a name has two values. */
export function parseAssignments(assignments: readonly string[]): ParameterValues {
  const values = new Map<string, string>();
  for (const assignment of assignments) {
    const equals = assignment.indexOf('=');
    const name = assignment.slice(0, Math.max(0, equals)).trim();
    if (name === '')
      throw new UserError('bad_parameter', `"${assignment}" is not a parameter`, { hint: 'write --param NAME=VALUE' });
    const value = assignment.slice(equals + 1);
    if (values.has(name) && values.get(name) !== value) {
      throw new UserError('bad_parameter', `parameter "${name}" is given twice with different values`, { hint: 'give it once' });
    }
    values.set(name, value);
  }
  return Object.fromEntries(values);
}

export interface ParameterRequest {
  /** Of the version that is going to be built. */
  readonly parameters: readonly Parameter[];
  readonly preset: Pick<Preset, 'name' | 'parameters'> | undefined;
  /** What was asked for. */
  readonly given: ParameterValues;
  /**
   * claim: what the prebuild was built with (absent = preset and defaults, as the pool builds); update: what the workspace has.
   */
  readonly previous?: ParameterValues | undefined;
  readonly mode: 'create' | 'claim' | 'update';
  /**
   * Parameters that depend on the owner (spec 4.6): what is stored of them was evaluated for the pool, so the engine's plan judges them,
   * and without a value the provider finds the default for the owner.
   */
  readonly ownerDependent?: readonly string[] | undefined;
}

export interface ResolvedParameters {
  /** Every parameter of the template that has a value, normalised. */
  readonly values: ParameterValues;
  /** In words, each naming its parameter; empty = good. */
  readonly problems: readonly string[];
  /** claim only: why no prebuild of this preset can become what was asked for. A cold build can. */
  readonly poolMismatch: string | undefined;
}

/**
 * The values of a build and everything that is wrong with them (spec 4.6). Values come from: the asker, the preset (which pins its
 * parameters when a workspace is made or claimed; afterwards the workspace's own value counts), for an update what the workspace has,
 * the default. Ephemeral values are never carried over (Coder 1.5).
 */
export function resolveParameters(request: ParameterRequest): ResolvedParameters {
  const values: [string, string][] = [];
  const problems = unknownProblems(request);
  const mismatches: string[] = [];
  for (const parameter of request.parameters) {
    const found = resolveOne(parameter, request);
    if (found.value !== undefined) values.push([parameter.name, found.value]);
    if (found.problem !== undefined) problems.push(found.problem);
    if (found.mismatch !== undefined) mismatches.push(found.mismatch);
  }
  return {
    values: Object.fromEntries(values),
    problems,
    poolMismatch: mismatches.length === 0 ? undefined : mismatches.join('; '),
  };
}

function unknownProblems({ parameters, given }: ParameterRequest): string[] {
  const known = parameters.map(({ name }) => name);
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => `unknown parameter "${name}"${suggestion(name, known)}`);
}

function suggestion(name: string, known: readonly string[]): string {
  if (known.length === 0) return '; the template has no parameters';
  const near = nearest(name, known);
  return `${near === undefined ? '' : `; did you mean "${near}"?`}; the template has: ${known.join(', ')}`;
}

interface Found {
  readonly value?: string;
  readonly problem?: string;
  readonly mismatch?: string;
}

function resolveOne(parameter: Parameter, request: ParameterRequest): Found {
  const { name, defaultValue } = parameter;
  const ofOwner = request.ownerDependent?.includes(name) === true;
  const source = sourceOf(ofOwner ? withoutDefault(parameter) : parameter, request);
  if (source === undefined)
    return ofOwner && defaultValue !== undefined
      ? {}
      : { problem: `parameter "${name}" is required: give it with --param ${name}=VALUE` };
  const { value = source.text, problem } = normalise(parameter, source.text);
  const wrong = problem ?? pinProblem(parameter, request, value) ?? (ofOwner ? undefined : ruleProblem(parameter, value));
  if (wrong !== undefined) return { value, problem: `${source.prefix}parameter "${name}": ${wrong}` };
  return { value, ...changeProblem(parameter, request, value) };
}

const withoutDefault = (parameter: Parameter): Parameter => ({ ...parameter, defaultValue: undefined });

/** Where the value comes from, nearest first; undefined = from nowhere, although it is required. */
function sourceOf(parameter: Parameter, { given, preset, previous, mode }: ParameterRequest): Source | undefined {
  const { name, ephemeral, defaultValue } = parameter;
  const kept = ephemeral ? undefined : valueIn(previous, name);
  const asked = valueIn(given, name) ?? (mode === 'update' ? kept : undefined);
  if (asked !== undefined) return { text: asked, prefix: '' };
  const pinned = valueIn(preset?.parameters, name);
  if (pinned !== undefined) return { text: pinned, prefix: `preset "${preset?.name ?? ''}": ` };
  // A claim keeps what the prebuild was built with.
  const text = (mode === 'claim' ? kept : undefined) ?? defaultValue;
  return text === undefined ? undefined : { text, prefix: '' };
}

interface Source {
  readonly text: string;
  /** Says whose mistake a bad value is, unless it is the asker's. */
  readonly prefix: string;
}

/** Asking for another value than the preset's is an error and never replaced silently (spec 4.6). */
function pinProblem(parameter: Parameter, { preset, mode }: ParameterRequest, value: string): string | undefined {
  const pinned = mode === 'update' ? undefined : valueIn(preset?.parameters, parameter.name);
  if (pinned === undefined || sameValue(parameter, pinned, value)) return undefined;
  return `preset "${preset?.name ?? ''}" sets it to "${pinned}", not "${value}"; leave it out or choose another preset`;
}

/** Immutable and monotonic parameters look at the value before: of the workspace (update) or of the prebuild (claim). */
function changeProblem(parameter: Parameter, request: ParameterRequest, value: string): Found {
  const before = beforeOf(parameter, request);
  if (before === undefined || sameValue(parameter, before, value)) return {};
  const { name, mutable } = parameter;
  const wrong = mutable ? monotonicProblem(parameter, before, value) : `it is immutable, so "${before}" cannot become "${value}"`;
  if (wrong === undefined) return {};
  if (request.mode === 'update') return { problem: `parameter "${name}": ${wrong}` };
  // A fresh build has no value before, so this is no mistake of the asker's.
  return { mismatch: `its prebuilds were built with parameter "${name}" = "${before}": ${wrong}` };
}

function beforeOf(parameter: Parameter, { mode, previous, preset }: ParameterRequest): string | undefined {
  if (mode === 'create' || parameter.ephemeral) return undefined;
  if (mode === 'update' || previous !== undefined) return valueIn(previous, parameter.name);
  return valueIn(preset?.parameters, parameter.name) ?? parameter.defaultValue;
}
