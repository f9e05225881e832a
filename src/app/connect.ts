import type { Workspace } from '../domain/types.ts';
import type { StateFacts } from '../workspace/deps.ts';
import type { ResourceView } from './api.ts';

/** Fills `{id}`, `{name}`, `{owner}`, `{output.NAME}` in one argument of a configured connect command; never goes through a shell. */
export function fillPlaceholders(argument: string, workspace: Workspace, state: StateFacts): string {
  const outputs = state.kind === 'ok' ? state.outputs : {};
  return argument.replaceAll(/\{(id|name|owner|output\.([\w-]+))\}/g, (whole, word: string, output: string | undefined) => {
    if (output !== undefined) {
      const value = outputs[output];
      return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
    }
    return { id: workspace.id, name: workspace.name, owner: workspace.ownerName }[word] ?? whole;
  });
}

/** Managed resources of a state, without values. */
export const resourceViews = (state: StateFacts): readonly ResourceView[] =>
  state.kind === 'ok' ? state.resources.filter((one) => one.mode === 'managed').map(({ address, type, id }) => ({ address, type, id })) : [];
