import type { Handler } from '../handler.ts';
import { count } from '../render/text.ts';

/** `template delete NAME`. */
export const templateDelete: Handler = async (context, [name = ''], options) => {
  const app = await context.app();
  await context.confirmed(`Delete template ${name} with all its versions and prebuilds?`, options.flag('yes'));
  const { deletedPrebuilds } = await context.withProgress((progress) =>
    app.templates.delete(name, { signal: context.signal, onProgress: progress.build }),
  );
  context.answer({ template: name, deletedPrebuilds }, () => `${name} deleted, with ${count(deletedPrebuilds, 'prebuild')}`);
  return undefined;
};
