import { restoreBackup } from '../../app/restore.ts';
import { UserError } from '../../kit/errors.ts';
import type { Handler } from '../handler.ts';
import { clean } from '../render/text.ts';
import { age } from '../render/time.ts';

/** `restore FILE --home NEW [--no-hold]`: what was claimed since the backup must not be given to a second person, so stock is held. */
export const restore: Handler = async (context, [file = ''], options) => {
  if (context.globals.home === undefined && context.outside.env['PREBUILDS_URL']) {
    throw new UserError('not_remote', 'a restore is for the host of the server', {
      hint: 'run it there, or say with --home where the new home is to be',
    });
  }
  const hold = options.flag('hold');
  const report = await context.withProgress(
    () => restoreBackup({ file, home: context.globals.home, env: context.outside.env, hold }),
    'restoring',
  );
  context.answer({ ...report, held: hold }, () => clean(report.home));
  const taken = `the backup is ${age(context.now, report.takenAt)} old`;
  context.note(`${taken}: workspaces made since are not in it, and what they are made of is known to nobody here`);
  if (hold)
    context.note(
      'the unclaimed prebuilds are held, since they may have been claimed meanwhile: look, then `prebuilds unhold NAME` or delete',
    );
  else context.note('a prebuild that was claimed since the backup counts as unclaimed here, and may go to a second person');
  context.note('let nothing use the old home any more; then run `prebuilds doctor` and `prebuilds reconcile` with this one');
  return undefined;
};
