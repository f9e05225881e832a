import type { App, RunOptions } from '../../api/app.ts';
import { UserError } from '../../kit/errors.ts';
import type { Workspace } from '../../domain/types.ts';
import type { Context } from '../context.ts';
import { runOptions, type Options } from '../options.ts';
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
  const workspace = await context.withProgress((progress) => verb(app, runOptions(context.signal, progress.build, options)));
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

/** `delete NAME [--force | --orphan] [--yes]`. */
export const remove: Handler = async (context, [name = ''], options) => {
  const app = await context.app();
  const waiting = await app.workspaces.cancelWaiting(name);
  if (waiting !== undefined) {
    const full = fullName({ ownerName: waiting.owner, name: waiting.name });
    context.answer({ canceled: waitingJson(waiting) }, () => clean(`the claim of ${full} waits no more`));
    return undefined;
  }
  if (options.flag('orphan')) return orphan(context, name, options);
  await context.confirmed(`Delete workspace ${name} and everything it has?`, options.flag('yes'));
  return change(
    context,
    options,
    (app, run) => app.workspaces.delete(name, { ...run, force: options.flag('force') }),
    (workspace) =>
      workspace.phase === 'deleted' ? `${fullName(workspace)} deleted` : `${fullName(workspace)}: ${workspace.phase}`,
  );
};

async function orphan(context: Context, name: string, options: Options): Promise<undefined> {
  if (options.flag('force')) {
    throw new UserError('contradiction', '--orphan destroys nothing, so there is nothing for --force', {
      hint: 'leave out one of them',
    });
  }
  await context.confirmed(`Forget workspace ${name} and leave what it has where it is?`, options.flag('yes'));
  const app = await context.app();
  const { workspace, left, folder } = await context.withProgress((progress) =>
    app.workspaces.orphan(name, runOptions(context.signal, progress.build, options)),
  );
  context.answer({ ...workspaceJson(workspace), left, folder }, () =>
    clean(
      `${fullName(workspace)} deleted; ${left.length === 0 ? 'its state had nothing' : `left where it is: ${left.join(', ')}`}`,
    ),
  );
  context.note(clean(`its files are in ${folder} for a week`));
  return undefined;
}
