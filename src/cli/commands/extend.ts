import { parseDuration } from '../../kit/duration.ts';
import type { Handler } from '../handler.ts';
import { workspaceJson } from '../render/json.ts';
import { clean, fullName } from '../render/text.ts';
import { until } from '../render/time.ts';

/** `extend NAME DURATION`. */
export const extend: Handler = async (context, [name = '', time = '']) => {
  const app = await context.app();
  // The parser has checked it already.
  const workspace = await app.workspaces.extend(name, parseDuration(time) ?? 0);
  const ends = workspace.expiresAt === undefined ? '' : ` ends ${until(context.now, workspace.expiresAt)}`;
  context.answer(workspaceJson(workspace), () => clean(`${fullName(workspace)}${ends}`));
  return undefined;
};
