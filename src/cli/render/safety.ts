import type { PlannedChange, Workspace } from '../../domain/types.ts';

/**
 * What a claim of a prebuild would do, as far as it is known (spec 6.4): `claim-safe`, `would rebuild docker_container.x because of name`;
 * '' where nothing is known or it was claimed already. It holds for the parameters that the prebuild was built with.
 */
export function safetyWords(workspace: Workspace): string {
  if (workspace.claimedAt !== undefined || workspace.phase !== 'ready') return '';
  switch (workspace.claimSafety) {
    case 'unknown':
      return '';
    case 'safe':
      return 'claim-safe';
    case 'unsafe':
      return `would rebuild ${workspace.unsafeChanges.map(changeWords).join(', ')}`;
  }
}

function changeWords({ address, paths = [] }: PlannedChange): string {
  return paths.length === 0 ? address : `${address} because of ${paths.join(', ')}`;
}

/** Said wherever a verdict is shown in full. */
export const PROVES_LITTLE = 'for the parameters it was built with; it proves nothing for others';
