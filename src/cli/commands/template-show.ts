import type { App } from '../../api/app.ts';
import type { Parameter } from '../../domain/types.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { presetJson, templateJson, versionJson } from '../render/json.ts';
import { clean, facts, sections } from '../render/text.ts';
import { age } from '../render/time.ts';

type Detail = Awaited<ReturnType<App['templates']['show']>>;

/** `template show NAME`. */
export const templateShow: Handler = async (context, [name = '']) => {
  const app = await context.app();
  const detail = await app.templates.show(name);
  const { template, version, parameters, presets } = detail;
  const presetParameters = version.facts.conditional?.presets;
  const json = { version: versionJson(version), parameters, presetParameters, presets: presets.map(presetJson) };
  context.answer({ ...templateJson(template), ...json }, () =>
    sections(
      facts([
        ['Template', clean(template.name)],
        [
          'Version',
          `${String(version.number)} (${version.state}), pushed ${age(context.now, version.pushedAt)} ago by ${clean(version.pushedBy)}`,
        ],
        ['Message', clean(version.message)],
        ['Engine', `${version.engineKind} ${version.engineVersion}`],
        ['Not served', version.facts.notServed.map(clean).join('; ')],
      ]),
      parameterTable(context, withThoseOfPresets(detail)),
      context.table(
        [
          { head: 'PRESET' },
          { head: 'DEFAULT' },
          { head: 'PREBUILDS', right: true },
          { head: 'SCHEDULES' },
          { head: 'PARAMETERS' },
        ],
        presets.map((preset) => [
          preset.name,
          preset.isDefault ? 'yes' : '',
          preset.hasPrebuilds ? String(preset.instances) : '-',
          preset.schedules.map(({ cron, instances }) => `${cron}: ${String(instances)}`).join('; '),
          Object.entries(preset.parameters)
            .map(([key, value]) => `${key}=${value}`)
            .join(' '),
        ]),
      ),
    ),
  );
  return undefined;
};

function parameterTable(context: Context, parameters: readonly Row[]): string {
  return context.table(
    [
      { head: 'PARAMETER' },
      { head: 'TYPE' },
      { head: 'DEFAULT' },
      { head: 'MUTABLE' },
      { head: 'OPTIONS' },
      { head: 'ONLY WITH', spare: 1 },
    ],
    parameters.map(({ parameter, onlyWith }) => [
      parameter.name,
      parameter.type,
      parameter.defaultValue ?? '(required)',
      parameter.mutable ? 'yes' : 'no',
      parameter.options.map(({ value }) => value).join(', '),
      onlyWith.join(', '),
    ]),
  );
}

interface Row {
  readonly parameter: Parameter;
  /** Presets that have it, when others have it not. */
  readonly onlyWith: readonly string[];
}

/** The version's parameters, and those that are there with the values of some presets only. */
function withThoseOfPresets({ parameters, presets, version }: Detail): readonly Row[] {
  const views = new Map(Object.entries(version.facts.conditional?.presets ?? {}));
  const others = [...views.values()].flat().filter(({ name }) => !parameters.some((one) => one.name === name));
  const all = [...parameters, ...new Map(others.map((parameter) => [parameter.name, parameter])).values()];
  return all.map((parameter) => {
    const having = presets.filter(({ name }) => (views.get(name) ?? parameters).some((one) => one.name === parameter.name));
    return { parameter, onlyWith: having.length === presets.length ? [] : having.map(({ name }) => name) };
  });
}
