import type { Handler } from '../handler.ts';
import { presetViewJson } from '../render/json.ts';
import { organizationCells } from '../render/text.ts';
import { nextChange } from '../render/time.ts';

/** `presets [TEMPLATE]`. */
export const presets: Handler = async (context, [template]) => {
  const app = await context.app();
  const views = await app.templates.presets(template);
  const organizationCell = organizationCells(views);
  context.answer(views.map(presetViewJson), () =>
    context.table(
      [
        { head: 'ORGANIZATION' },
        { head: 'TEMPLATE' },
        { head: 'PRESET' },
        { head: 'DEFAULT' },
        { head: 'DESIRED', right: true },
        { head: 'READY', right: true },
        { head: 'NEXT CHANGE' },
        { head: 'PARAMETERS' },
      ],
      views.map(({ organization, template: name, preset, desired, ready, nextChange: change }) => [
        organizationCell(organization),
        name,
        preset.name,
        preset.isDefault ? 'yes' : '',
        preset.hasPrebuilds ? String(desired) : '-',
        preset.hasPrebuilds ? String(ready) : '-',
        nextChange(context.now, change),
        Object.entries(preset.parameters)
          .map(([key, value]) => `${key}=${value}`)
          .join(' '),
      ]),
    ),
  );
  if (views.length === 0) context.note('no presets');
  return undefined;
};
