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
    clean(
      workspace.phase === 'stopped'
        ? `${fullName(workspace)} is not held any more; it is stopped, so the next reconcile deletes it (hold and start it to keep it)`
        : `${fullName(workspace)} is stock again; the next reconcile trims what is too many`,
    ),
  );
  return undefined;
};
