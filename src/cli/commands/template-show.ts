import type { Parameter } from '../../domain/types.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { presetJson, templateJson, versionJson } from '../render/json.ts';
import { clean, facts, sections } from '../render/text.ts';
import { age } from '../render/time.ts';

/** `template show NAME`. */
export const templateShow: Handler = async (context, [name = '']) => {
  const app = await context.app();
  const { template, version, parameters, presets } = await app.templates.show(name);
  context.answer({ ...templateJson(template), version: versionJson(version), parameters, presets: presets.map(presetJson) }, () =>
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
      parameterTable(context, parameters),
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

function parameterTable(context: Context, parameters: readonly Parameter[]): string {
  return context.table(
    [{ head: 'PARAMETER' }, { head: 'TYPE' }, { head: 'DEFAULT' }, { head: 'MUTABLE' }, { head: 'OPTIONS' }],
    parameters.map((parameter) => [
      parameter.name,
      parameter.type,
      parameter.defaultValue ?? '(required)',
      parameter.mutable ? 'yes' : 'no',
      parameter.options.map(({ value }) => value).join(', '),
    ]),
  );
}
