import type { Handler } from '../handler.ts';
import { versionJson } from '../render/json.ts';
import { age } from '../render/time.ts';

/** `template versions NAME`. */
export const templateVersions: Handler = async (context, [name = '']) => {
  const app = await context.app();
  const versions = await app.templates.versions(name);
  context.answer(versions.map(versionJson), () =>
    context.table(
      [
        { head: 'VERSION', right: true },
        { head: 'STATE' },
        { head: 'PUSHED' },
        { head: 'BY' },
        { head: 'ENGINE' },
        { head: 'MESSAGE' },
      ],
      versions.map((version) => [
        String(version.number),
        version.state,
        `${age(context.now, version.pushedAt)} ago`,
        version.pushedBy,
        `${version.engineKind} ${version.engineVersion}`,
        version.message,
      ]),
    ),
  );
  return undefined;
};
