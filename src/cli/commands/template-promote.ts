import { UserError } from '../../kit/errors.ts';
import type { Handler } from '../handler.ts';
import { versionJson } from '../render/json.ts';

/** `template promote NAME VERSION`. */
export const templatePromote: Handler = async (context, [name = '', number = '']) => {
  if (!/^[1-9]\d{0,8}$/.test(number)) {
    throw new UserError('usage', `"${number}" is not the number of a version`, {
      hint: `see: prebuilds template versions ${name}`,
    });
  }
  const app = await context.app();
  const version = await app.templates.promote(name, Number(number));
  context.answer(
    versionJson(version),
    () => `${name} version ${String(version.number)} is active; the next reconcile replaces the pool`,
  );
  return undefined;
};
