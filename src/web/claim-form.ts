import type { Parameter, Preset, Version } from '../domain/types.ts';

/** What a person typed, by parameter name; empty = as the template says. */
export type Typed = Readonly<Record<string, string>>;

/** The parameters of a template as they are with the values of a preset. */
export const parametersOf = (
  { parameters, version }: { readonly parameters: readonly Parameter[]; readonly version: Pick<Version, 'facts'> },
  preset: Preset | undefined,
): readonly Parameter[] => version.facts.conditional?.presets[preset?.name ?? ''] ?? parameters;

/** Where the value of a parameter comes from under a preset. */
export function sourceOf(
  parameter: Parameter,
  preset: Preset | undefined,
): { readonly pinned: boolean; readonly value: string | undefined } {
  const pinned = preset?.parameters[parameter.name];
  return pinned === undefined ? { pinned: false, value: parameter.defaultValue } : { pinned: true, value: pinned };
}

/**
 * What a parameter has when nothing is typed. Without a chosen preset the default one is taken for a request that contradicts it nowhere, so what only
 * it says need not be typed (spec 4.5).
 */
export const expectedOf = (parameter: Parameter, preset: Preset | undefined, presets: readonly Preset[]): string | undefined =>
  sourceOf(parameter, preset).value ??
  (preset === undefined ? presets.find(({ isDefault }) => isDefault)?.parameters[parameter.name] : undefined);

/** `name=value` of everything that was typed and is not decided by the preset; what equals the default says nothing. */
export function paramsOf(parameters: readonly Parameter[], preset: Preset | undefined, typed: Typed): readonly string[] {
  return parameters.flatMap((parameter) => {
    const { pinned, value } = sourceOf(parameter, preset);
    const given = typed[parameter.name] ?? '';
    return pinned || given === '' || given === value ? [] : [`${parameter.name}=${given}`];
  });
}

/** How a parameter is asked for. */
export type Control =
  | { readonly kind: 'choice'; readonly options: readonly { readonly name: string; readonly value: string }[] }
  | { readonly kind: 'number'; readonly min: number | undefined; readonly max: number | undefined }
  | { readonly kind: 'text' };

export function controlOf({ type, options, validations }: Parameter): Control {
  if (options.length > 0) return { kind: 'choice', options };
  if (type === 'bool') {
    return {
      kind: 'choice',
      options: [
        { name: 'yes', value: 'true' },
        { name: 'no', value: 'false' },
      ],
    };
  }
  if (type === 'number') return { kind: 'number', min: validations[0]?.min, max: validations[0]?.max };
  return { kind: 'text' };
}

/** What is known of a parameter beside its name, in a few words. */
export function parameterNotes(parameter: Parameter): string {
  const rule = parameter.validations.find(({ regex, error }) => regex !== undefined || error !== undefined);
  return [
    parameter.description,
    rule?.error ?? (rule?.regex === undefined ? '' : `must match ${rule.regex}`),
    parameter.mutable ? '' : 'fixed once it is built',
    parameter.ephemeral ? 'for this build only' : '',
  ]
    .filter((part) => part !== '')
    .map((part) => part.trim().replace(/\.$/, ''))
    .join('; ');
}
