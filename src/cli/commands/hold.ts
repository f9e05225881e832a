import type { Handler } from '../handler.ts';
import { workspaceJson } from '../render/json.ts';
import { clean, fullName } from '../render/text.ts';

/** `hold NAME [--reason TEXT]`. */
export const hold: Handler = async (context, [name = ''], options) => {
  const app = await context.app();
  const workspace = await app.workspaces.hold(name, true, options.text('reason'));
  context.answer(workspaceJson(workspace), () =>
    clean(`${fullName(workspace)} held: neither counted nor handed out until \`prebuilds unhold ${workspace.name}\``),
  );
  return undefined;
};

/** `unhold NAME`. */
export const unhold: Handler = async (context, [name = '']) => {
  const app = await context.app();
  const workspace = await app.workspaces.hold(name, false);
  context.answer(workspaceJson(workspace), () =>
    clean(`${fullName(workspace)} is stock again; the next reconcile trims what is too many`),
  );
  return undefined;
};
