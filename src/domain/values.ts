import type { Parameter, ParameterValidation, ParameterValues } from './types.ts';

/** Own value of a name; names like `constructor` must not find what every object inherits. */
export const valueIn = (values: ParameterValues | undefined, name: string): string | undefined =>
  values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;

export type Normalised =
  { readonly value: string; readonly problem?: undefined } | { readonly value?: undefined; readonly problem: string };

/** Brings a value into the form the coder provider gives it: `8.0` is "8", `True` is "true", lists are compact JSON. */
export function normalise({ type }: Pick<Parameter, 'type'>, text: string): Normalised {
  switch (type) {
    case 'string':
      return { value: text };
    case 'number':
      return normaliseNumber(text.trim());
    case 'bool':
      return normaliseBool(text.trim());
    case 'list(string)':
      return normaliseList(text);
  }
}

/** Digit by digit and not through a floating-point number, which would change long ones. */
function normaliseNumber(text: string): Normalised {
  const plain = /^([+-]?)0*(\d+)(?:\.(\d*?)0*)?$/.exec(text);
  if (plain !== null) {
    const [, sign = '', whole = '', fraction = ''] = plain;
    const digits = fraction === '' ? whole : `${whole}.${fraction}`;
    return { value: sign === '-' && digits !== '0' ? `-${digits}` : digits };
  }
  const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN;
  return Number.isFinite(number) ? { value: String(number === 0 ? 0 : number) } : { problem: `"${text}" is not a number` };
}

const TRUE_WORDS = new Set(['true', 't', '1']);
const FALSE_WORDS = new Set(['false', 'f', '0']);

function normaliseBool(text: string): Normalised {
  const word = text.toLowerCase();
  if (TRUE_WORDS.has(word)) return { value: 'true' };
  return FALSE_WORDS.has(word) ? { value: 'false' } : { problem: `"${text}" is neither true nor false` };
}

function normaliseList(text: string): Normalised {
  const list = readList(text);
  return list === undefined ? { problem: `"${text}" is not a list of strings like ["a","b"]` } : { value: JSON.stringify(list) };
}

function readList(text: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}

/** Whether two values of the parameter mean the same. */
export function sameValue(parameter: Pick<Parameter, 'type'>, a: string, b: string): boolean {
  return a === b || (normalise(parameter, a).value ?? a) === (normalise(parameter, b).value ?? b);
}

/** What the template's own rules say against a normalised value: options, then validation blocks; undefined = nothing. */
export function ruleProblem(parameter: Parameter, value: string): string | undefined {
  return optionProblem(parameter, value) ?? firstOf(parameter.validations, (rule) => validationProblem(parameter, rule, value));
}

function firstOf<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function optionProblem(parameter: Parameter, value: string): string | undefined {
  const { options, type } = parameter;
  if (options.length === 0 || isOption(parameter, value)) return undefined;
  // A list may also be a selection of several options.
  if (type === 'list(string)' && readList(value)?.every((item) => isOption(parameter, item)) === true) return undefined;
  const allowed = options.map(({ name, value: option }) => (name === option ? option : `${option} (${name})`));
  return `"${value}" is not one of its options: ${allowed.join(', ')}`;
}

const isOption = (parameter: Parameter, value: string): boolean =>
  parameter.options.some((option) => sameValue(parameter, option.value, value));

function validationProblem({ type }: Parameter, rule: ParameterValidation, value: string): string | undefined {
  const standard = type === 'number' ? numberProblem(rule, value) : regexProblem(rule, type, value);
  if (standard === undefined) return undefined;
  return rule.error === undefined || rule.error === '' ? standard : fillIn(rule.error, rule, value);
}

/** The provider reads the value of a validated number as a whole number. */
function numberProblem({ min, max }: ParameterValidation, value: string): string | undefined {
  if (!/^-?\d+$/.test(value)) return `${value} is not a whole number`;
  if (min !== undefined && Number(value) < min) return `${value} is less than the minimum ${String(min)}`;
  return max !== undefined && Number(value) > max ? `${value} is more than the maximum ${String(max)}` : undefined;
}

function regexProblem({ regex }: ParameterValidation, type: Parameter['type'], value: string): string | undefined {
  if (type !== 'string' || regex === undefined || regex === '') return undefined;
  return matchesRegex(regex, value) === false ? `"${value}" does not match ${regex}` : undefined;
}

/** The author's own text, with the placeholders that the provider knows. */
const fillIn = (error: string, { min, max }: ParameterValidation, value: string): string =>
  error
    .replaceAll('{min}', () => (min === undefined ? '' : String(min)))
    .replaceAll('{max}', () => (max === undefined ? '' : String(max)))
    .replaceAll('{value}', () => value);

/** Go syntax that means something else here, or nothing: such a pattern is left to the engine's plan. */
const GO_ONLY = /\\[AzQECpP]|\[:|\(\?[a-zA-Z]*[-:)]/;

/** Whether the value matches a pattern written for Go's regexp; undefined when it cannot be judged here. */
function matchesRegex(regex: string, value: string): boolean | undefined {
  const [lead = '', flags = ''] = /^\(\?([ims]+)\)/.exec(regex) ?? [];
  const body = regex.slice(lead.length).replaceAll('(?P<', '(?<');
  if (GO_ONLY.test(body.replaceAll('(?:', '('))) return undefined;
  return (compile(body, `${flags}u`) ?? compile(body, flags))?.test(value);
}

function compile(body: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(body, flags);
  } catch {
    return undefined;
  }
}

/** What a monotonic rule says against going from `previous` to `value`; undefined = nothing. */
export function monotonicProblem({ validations, type }: Parameter, previous: string, value: string): string | undefined {
  if (type !== 'number') return undefined;
  return firstOf(validations, ({ monotonic }) => {
    if (monotonic === 'increasing' && Number(value) < Number(previous))
      return `${value} is less than before (${previous}); it may only increase`;
    if (monotonic === 'decreasing' && Number(value) > Number(previous))
      return `${value} is more than before (${previous}); it may only decrease`;
    return undefined;
  });
}
