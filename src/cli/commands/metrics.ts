import { textfilePath, writeTextfile } from '../../app/textfile.ts';
import type { Handler } from '../handler.ts';
import { version } from '../version.ts';

/** `metrics [--textfile FILE]`. A file is written in silence, since cron mails what is printed. */
export const metrics: Handler = async (context, _args, options) => {
  const name = options.text('textfile');
  const file = name === undefined ? undefined : textfilePath(name);
  const { families, text } = await (await context.app()).metrics(version);
  if (file !== undefined) await writeTextfile(file, text);
  context.answer(file === undefined ? { metrics: families } : { textfile: file, metrics: families.length }, () =>
    file === undefined ? text : '',
  );
  return undefined;
};
