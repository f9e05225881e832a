import type { PushReport } from '../../api/app.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { presetJson, templateJson, versionJson } from '../render/json.ts';
import { clean, sections } from '../render/text.ts';

/** `template push DIR`. */
export const templatePush: Handler = async (context, [dir = ''], options) => {
  const app = await context.app();
  const report = await context.withProgress((progress) =>
    app.templates.push({
      dir,
      name: options.text('name'),
      variables: options.variables(),
      message: options.text('message'),
      activate: options.flag('activate'),
      static: options.flag('static'),
      onProgress: progress.step,
      signal: context.signal,
    }),
  );
  for (const warning of report.warnings) context.note(`warning: ${clean(warning)}`);
  context.answer(
    {
      template: templateJson(report.template),
      version: versionJson(report.version),
      unchanged: report.unchanged,
      presets: report.presets.map(presetJson),
      warnings: report.warnings,
      next: report.next,
    },
    () => pushText(context, report),
  );
  return undefined;
};

function pushText(context: Context, report: PushReport): string {
  const { template, version } = report;
  const which = `${clean(template.name)} version ${String(version.number)}`;
  const head = report.unchanged
    ? `${which} has this content already; nothing was stored`
    : `${which} stored${version.state === 'active' ? ' and active' : `; prebuilds template promote ${clean(template.name)} ${String(version.number)} makes it active`}`;
  const presets = context.table(
    [{ head: 'PRESET' }, { head: 'DEFAULT' }, { head: 'PREBUILDS', right: true }, { head: 'PARAMETERS' }],
    report.presets.map((preset) => [
      preset.name,
      preset.isDefault ? 'yes' : '',
      preset.hasPrebuilds ? String(preset.instances) : '-',
      Object.entries(preset.parameters)
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
    ]),
  );
  return sections(head, presets, report.next);
}
