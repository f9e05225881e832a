import type { App, RunOptions } from '../../api/app.ts';
import type { Workspace } from '../../domain/types.ts';
import type { Context } from '../context.ts';
import type { Options } from '../options.ts';
import type { Handler } from '../handler.ts';
import { waitingJson, workspaceJson } from '../render/json.ts';
import { clean, fullName } from '../render/text.ts';

type Verb = (app: App, run: RunOptions) => Promise<Workspace>;

/** Runs one verb with progress and answers with the workspace as it is afterwards. */
async function change(
  context: Context,
  options: Options,
  verb: Verb,
  done: (workspace: Workspace) => string,
): Promise<undefined> {
  const app = await context.app();
  const workspace = await context.withProgress((progress) =>
    verb(app, {
      signal: context.signal,
      onProgress: progress.build,
      ...(options.flag('providerSession') ? {} : { providerSession: false }),
    }),
  );
  context.answer(workspaceJson(workspace), () => clean(done(workspace)));
  return undefined;
}

/** `start NAME [--param k=v]`. */
export const start: Handler = (context, [name = ''], options) =>
  change(
    context,
    options,
    (app, run) => app.workspaces.start(name, { ...run, params: options.list('param') }),
    (workspace) => `${fullName(workspace)} started`,
  );

/** `stop NAME`. */
export const stop: Handler = (context, [name = ''], options) =>
  change(
    context,
    options,
    (app, run) => app.workspaces.stop(name, run),
    (workspace) => `${fullName(workspace)} stopped`,
  );

/** `restart NAME [--param k=v]`. */
export const restart: Handler = (context, [name = ''], options) =>
  change(
    context,
    options,
    (app, run) => app.workspaces.restart(name, { ...run, params: options.list('param') }),
    (workspace) => `${fullName(workspace)} restarted`,
  );

/** `update NAME [--param k=v]`. */
export const update: Handler = (context, [name = ''], options) =>
  change(
    context,
    options,
    (app, run) => app.workspaces.update(name, { ...run, params: options.list('param') }),
    (workspace) => `${fullName(workspace)} updated`,
  );

/** `rename NAME NEW [--force]`. */
export const rename: Handler = (context, [name = '', newName = ''], options) =>
  change(
    context,
    options,
    (app, run) => app.workspaces.rename(name, newName, { ...run, force: options.flag('force') }),
    (workspace) => `${name} is now ${fullName(workspace)}`,
  );

/** `delete NAME [--force] [--yes]`. */
export const remove: Handler = async (context, [name = ''], options) => {
  const app = await context.app();
  const waiting = await app.workspaces.cancelWaiting(name);
  if (waiting !== undefined) {
    const full = fullName({ ownerName: waiting.owner, name: waiting.name });
    context.answer({ canceled: waitingJson(waiting) }, () => clean(`the claim of ${full} waits no more`));
    return undefined;
  }
  await context.confirmed(`Delete workspace ${name} and everything it has?`, options.flag('yes'));
  return change(
    context,
    options,
    (app, run) => app.workspaces.delete(name, { ...run, force: options.flag('force') }),
    (workspace) =>
      workspace.phase === 'deleted' ? `${fullName(workspace)} deleted` : `${fullName(workspace)}: ${workspace.phase}`,
  );
};
