import { UserError } from '../../kit/errors.ts';
import type { Handler } from '../handler.ts';
import { versionJson } from '../render/json.ts';
import { clean } from '../render/text.ts';

/** `template promote NAME VERSION`. */
export const templatePromote: Handler = async (context, [name = '', number = '']) => {
  if (!/^[1-9]\d{0,8}$/.test(number)) {
    throw new UserError('usage', `"${number}" is not the number of a version`, {
      hint: `see: prebuilds template versions ${name}`,
    });
  }
  const app = await context.app();
  const version = await app.templates.promote(name, Number(number));
  const { template } = await app.templates.show(name);
  const then =
    template.deprecatedAt === undefined ? 'the next reconcile replaces the pool' : 'it has no prebuilds, since it is deprecated';
  context.answer(versionJson(version), () => clean(`${name} version ${String(version.number)} is active; ${then}`));
  return undefined;
};
