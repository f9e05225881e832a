import { resolveParameters } from '../domain/parameters.ts';
import { validateSchedules } from '../domain/schedule.ts';
import type { Parameter } from '../domain/types.ts';
import { ruleProblem, normalise } from '../domain/values.ts';
import { UserError } from '../kit/errors.ts';
import { coderProvider, isAtLeast, type LockedProvider } from '../template/lock.ts';
import type { EvaluatedPreset, Evaluation } from '../template/plan.ts';
import type { TemplateReading } from '../template/reading.ts';

/** First coder provider that knows expiry of prebuilds in the form used here (spec 4.1). */
export const MINIMUM_CODER_PROVIDER = '2.4.1';

const MIN_TTL_MS = 3600 * 1000;
const MAX_TTL_MS = 31_536_000 * 1000;

/** UserError `no_coder_provider` when the text already shows that init would not bring the coder provider. */
export function checkCoderProvider(reading: TemplateReading): void {
  if (reading.hasRemoteModules) return; // one of them may bring it: judged by the lock file
  const required = reading.folders.some((folder) =>
    Object.values(folder.requiredProviders).some((source) => /(^|\/)coder\/coder$/.test(source)),
  );
  if (!required) throw noCoderProvider();
}

const noCoderProvider = (): UserError =>
  new UserError('no_coder_provider', 'the template does not use the coder provider', {
    hint: 'add coder = { source = "coder/coder" } to its required_providers',
  });

/** UserError `no_coder_provider` or `coder_provider_too_old`. */
export function checkCoderVersion(locked: readonly LockedProvider[]): void {
  const coder = coderProvider(locked);
  if (coder === undefined) throw noCoderProvider();
  if (!isAtLeast(coder.version, MINIMUM_CODER_PROVIDER)) {
    throw new UserError(
      'coder_provider_too_old',
      `the template's coder provider is ${coder.version}; ${MINIMUM_CODER_PROVIDER} or newer is needed`,
      {
        hint: `set version = ">= ${MINIMUM_CODER_PROVIDER}" in required_providers and refresh .terraform.lock.hcl with init -upgrade`,
      },
    );
  }
}

/** Rules about presets among themselves and about their own values (Coder 1.1, 1.2); one sentence per problem. */
export function presetProblems(presets: readonly EvaluatedPreset[]): readonly string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const preset of presets) {
    if (seen.has(preset.name)) problems.push(`two presets have the name "${preset.name}"`);
    seen.add(preset.name);
  }
  const defaults = presets.filter((preset) => preset.isDefault);
  if (defaults.length > 1)
    problems.push(`more than one default preset: ${defaults.map((preset) => `"${preset.name}"`).join(', ')}`);
  return [
    ...problems,
    ...presets.flatMap((preset) => sizeProblems(preset).map((problem) => `preset "${preset.name}": ${problem}`)),
  ];
}

function sizeProblems(preset: EvaluatedPreset): readonly string[] {
  const problems: string[] = [];
  if (preset.name.trim() === '') problems.push('the name is empty');
  if (!Number.isInteger(preset.instances) || preset.instances < 0) {
    problems.push(`instances is ${String(preset.instances)}; it must be a whole number, 0 or more`);
  }
  const ttl = preset.ttlMs;
  if (ttl !== undefined && ttl !== 0 && (ttl < MIN_TTL_MS || ttl > MAX_TTL_MS)) {
    problems.push(`ttl is ${String(ttl / 1000)}; it must be 0 (never) or between 3600 and 31536000 seconds`);
  }
  return [...problems, ...validateSchedules(preset.timezone, preset.schedules)];
}

/**
 * A preset against the parameters of an evaluation with its own values (spec 4.2): a value the template refuses and, in a preset with
 * prebuilds, an open required parameter are problems.
 */
export function parameterProblems(preset: EvaluatedPreset, parameters: readonly Parameter[]): readonly string[] {
  const open = preset.hasPrebuilds
    ? parameters.filter((one) => one.defaultValue === undefined && !Object.hasOwn(preset.parameters, one.name))
    : [];
  const missing = open.map(
    (one) => `preset "${preset.name}" has prebuilds but does not set the required parameter "${one.name}"`,
  );
  if (preset.hasPrebuilds) {
    const settled = parameters.filter((one) => !open.includes(one));
    return [...missing, ...resolveParameters({ parameters: settled, preset, given: {}, mode: 'create' }).problems];
  }
  return parameters.flatMap((one) => {
    const text = Object.hasOwn(preset.parameters, one.name) ? preset.parameters[one.name] : undefined;
    if (text === undefined) return [];
    const { value = text, problem } = normalise(one, text);
    const wrong = problem ?? ruleProblem(one, value);
    return wrong === undefined ? [] : [`preset "${preset.name}": parameter "${one.name}": ${wrong}`];
  });
}

/** Parameters as they are with the values of a preset, by its name, where they differ. */
export type PresetViews = ReadonlyMap<string, readonly Parameter[]>;

/** What the author should know although the push goes on (spec 4.1, 4.2). */
export function pushWarnings(evaluation: Evaluation, views: PresetViews): readonly string[] {
  const perPreset = evaluation.presets.flatMap((preset) => [
    ...Object.keys(preset.parameters)
      .filter((known) => !(views.get(preset.name) ?? evaluation.parameters).some(({ name }) => name === known))
      .map((name) => `preset "${preset.name}" sets the unknown parameter "${name}"; it has no effect`),
    ...preset.sensitiveParameters.map(
      (name) => `preset "${preset.name}": the value of parameter "${name}" comes from a sensitive variable and is shown in clear`,
    ),
  ]);
  const owner = evaluation.ownerParameters.map((address) => `${address} depends on the owner: it is judged again at every claim`);
  return [...perPreset, ...owner];
}

/** One UserError `template_rules` out of all problems: the first as message, all of them in the details. */
export function refuse(problems: readonly string[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const more = problems.length - 1;
  throw new UserError('template_rules', more === 0 ? first : `${first} (and ${String(more)} more)`, {
    hint:
      more === 0
        ? 'correct the template and push again'
        : `correct the template and push again; also: ${problems.slice(1).join('; ')}`,
    details: { problems },
  });
}
