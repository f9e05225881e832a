import type { DoctorFinding } from '../api/app.ts';
import { nearest } from '../domain/nearest.ts';
import type { Template } from '../domain/types.ts';
import type { Context } from './context.ts';
import { unknownPlaceholders } from './connect.ts';

const TOPIC = 'configuration';

/** Settings for templates and presets that there are not, which nothing else would ever mention, and words of `connect` that nothing fills in. */
export async function checkConfiguration(context: Context): Promise<readonly DoctorFinding[]> {
  const { config, store } = context;
  if (config.file === undefined) return [];
  const templates = await store.listTemplates();
  const known = templates.map(({ name }) => name);
  const found: DoctorFinding[] = [];
  for (const { template, presets } of config.named) {
    const ofName = templates.filter(({ name }) => name === template);
    if (ofName.length === 0) found.push(unknown(`templates.${template}`, 'template', template, known));
    else found.push(...(await unknownPresets(context, ofName, presets)));
    found.push(...[undefined, ...presets].flatMap((preset) => placeholders(context, template, preset)));
  }
  const distinct = new Map(found.map((one) => [one.message, one]));
  if (distinct.size > 0) return [...distinct.values()];
  return [{ level: 'ok', topic: TOPIC, message: config.file, remedy: undefined }];
}

async function unknownPresets(
  { store }: Context,
  templates: readonly Template[],
  presets: readonly string[],
): Promise<readonly DoctorFinding[]> {
  const versions = templates.flatMap(({ activeVersionId }) => activeVersionId ?? []);
  const known = (await Promise.all(versions.map((id) => store.versionPresets(id)))).flat().map(({ name }) => name);
  const where = `templates.${templates[0]?.name ?? ''}.presets`;
  return presets.filter((one) => !known.includes(one)).map((one) => unknown(`${where}.${one}`, 'preset', one, known));
}

function unknown(path: string, what: string, name: string, known: readonly string[]): DoctorFinding {
  const meant = nearest(name, known);
  const remedy = meant === undefined ? `correct the name, or push it, or remove the settings` : `did you mean ${meant}?`;
  return { level: 'warning', topic: TOPIC, message: `${path}: there is no ${what} of this name`, remedy };
}

function placeholders({ config }: Context, template: string, preset: string | undefined): readonly DoctorFinding[] {
  const { connect = [] } = config.policy(template, preset);
  return unknownPlaceholders(connect).map((word) => ({
    level: 'warning',
    topic: TOPIC,
    message: `connect of ${template}: nothing fills in ${word}`,
    remedy: 'there are {id}, {name}, {owner} and {output.NAME}',
  }));
}
