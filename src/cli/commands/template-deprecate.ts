import type { Handler } from '../handler.ts';

/** `template deprecate NAME [--undo]`. */
export const templateDeprecate: Handler = async (context, [name = ''], options) => {
  const app = await context.app();
  const deprecated = !options.flag('undo');
  await app.templates.deprecate(name, deprecated);
  context.answer({ template: name, deprecated }, () =>
    deprecated ? `${name} is deprecated: no new workspaces, the next reconcile empties its pools` : `${name} is in use again`,
  );
  return undefined;
};
