import { nearest } from './nearest.ts';
import type { Parameter, ParameterValues, Preset } from './types.ts';
import { sameValue, valueIn } from './values.ts';

export interface PresetRequest {
  /** Of the active version. */
  readonly presets: readonly Preset[];
  readonly parameters: readonly Parameter[];
  /** As they are with the values of a preset, by its name, where that differs. */
  readonly views?: Readonly<Record<string, readonly Parameter[]>> | undefined;
  /** Name the asker gave; undefined = choose. */
  readonly requested?: string | undefined;
  readonly given: ParameterValues;
}

/** The preset and why, or the problem; `preset` undefined with a reason = build without a preset. */
export type PresetChoice =
  | { readonly preset: Preset | undefined; readonly reason: string; readonly problem?: undefined }
  | { readonly preset?: undefined; readonly reason?: undefined; readonly problem: string };

/**
 * Which preset a claim uses (spec 4.5, Coder 1.4). By name if one is given. Else the preset whose every parameter equals the fully
 * resolved request, defaults included; most parameters wins, then the default preset, then the name. Without a match the default
 * preset, unless a given parameter contradicts it. Preset parameters that the template does not have are ignored (Coder 1.2).
 */
export function choosePreset({ presets, parameters, views = {}, requested, given }: PresetRequest): PresetChoice {
  if (requested !== undefined) return byName(presets, requested);
  if (presets.length === 0) return { preset: undefined, reason: 'the template has no presets' };
  const viewOf: ViewOf = ({ name }) => (Object.hasOwn(views, name) ? views[name] : undefined) ?? parameters;
  const matching = presets
    .map((preset) => ({ preset, names: knownNames(preset, viewOf(preset)) }))
    .filter(({ preset }) => firstDifference(preset, viewOf(preset), resolvedIn(given)) === undefined)
    .sort(
      (a, b) =>
        b.names.length - a.names.length || Number(b.preset.isDefault) - Number(a.preset.isDefault) || byWord(a.preset, b.preset),
    );
  const [best] = matching;
  if (best !== undefined) return { preset: best.preset, reason: whyMatch(best.preset, best.names, matching.length) };
  return fallBack(presets, viewOf, given);
}

const byWord = (a: Preset, b: Preset): number => Number(a.name > b.name) - Number(a.name < b.name);

function byName(presets: readonly Preset[], requested: string): PresetChoice {
  const preset = presets.find(({ name }) => name === requested);
  if (preset !== undefined) return { preset, reason: `preset "${requested}" was asked for` };
  const names = presets.map(({ name }) => name);
  if (names.length === 0) return { problem: `unknown preset "${requested}"; the template has no presets` };
  const near = nearest(requested, names);
  const guess = near === undefined ? '' : `; did you mean "${near}"?`;
  return { problem: `unknown preset "${requested}"${guess}; the template has: ${names.map((name) => `"${name}"`).join(', ')}` };
}

const knownNames = (preset: Preset, parameters: readonly Parameter[]): readonly string[] =>
  parameters.map(({ name }) => name).filter((name) => Object.hasOwn(preset.parameters, name));

type ViewOf = (preset: Preset) => readonly Parameter[];
type ValueOf = (parameter: Parameter) => string | undefined;

const resolvedIn =
  (given: ParameterValues): ValueOf =>
  (parameter) =>
    valueIn(given, parameter.name) ?? parameter.defaultValue;

/** The first parameter of the preset whose value differs; one without a value differs too. */
function firstDifference(preset: Preset, parameters: readonly Parameter[], valueOf: ValueOf): Parameter | undefined {
  return parameters.find((parameter) => {
    const wanted = valueIn(preset.parameters, parameter.name);
    if (wanted === undefined) return false;
    const value = valueOf(parameter);
    return value === undefined || !sameValue(parameter, wanted, value);
  });
}

function whyMatch(preset: Preset, names: readonly string[], candidates: number): string {
  if (names.length === 0) return `preset "${preset.name}" sets no parameters, so it fits every request`;
  const others = candidates > 1 ? `, the closest of ${String(candidates)}` : '';
  return `preset "${preset.name}" matches ${names.join(', ')}${others}`;
}

function fallBack(presets: readonly Preset[], viewOf: ViewOf, given: ParameterValues): PresetChoice {
  const preset = presets.find(({ isDefault }) => isDefault);
  if (preset === undefined) return { preset: undefined, reason: 'no preset matches these parameters, and none is the default' };
  const against = firstDifference(
    preset,
    viewOf(preset),
    (parameter) => valueIn(given, parameter.name) ?? valueIn(preset.parameters, parameter.name),
  );
  if (against === undefined) return { preset, reason: `preset "${preset.name}" is the default` };
  const wanted = valueIn(preset.parameters, against.name) ?? '';
  return {
    preset: undefined,
    reason: `no preset matches these parameters; the default preset "${preset.name}" has ${against.name} = "${wanted}"`,
  };
}
