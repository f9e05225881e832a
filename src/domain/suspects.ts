import type { Workspace } from './types.ts';
import { shellName } from './why.ts';

/** Nothing becomes of these any more, so what may exist beside their states goes with them. */
const ENDING: readonly Workspace['phase'][] = ['failed', 'quarantined', 'deleting'];

/** How a person says that what may exist outside the state of a workspace does not (SM R5). A workspace in use goes on. */
export function suspectsCommand({ ownerName, name, phase }: Pick<Workspace, 'ownerName' | 'name' | 'phase'>): string {
  const full = shellName(`${ownerName}/${name}`);
  return ENDING.includes(phase) ? `prebuilds delete ${full} --force` : `prebuilds sweep --absent ${full}`;
}
