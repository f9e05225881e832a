import { workspacePaths } from '../kit/paths.ts';
import type { Store } from '../store/store.ts';
import type { StateFacts } from '../workspace/deps.ts';
import { wasApplied } from '../workspace/applied.ts';
import { findStateCopy, mendState } from '../workspace/folder.ts';

export interface LostState {
  /** `owner/name`. */
  readonly name: string;
  readonly kind: 'missing' | 'empty' | 'torn';
  /** Newest copy that can be read. */
  readonly copy: string | undefined;
  readonly mend: () => Promise<unknown>;
}

interface Deps {
  readonly store: Store;
  readonly home: string;
  readonly readState: (path: string) => StateFacts;
  readonly touchedAnything: (runFolder: string) => boolean;
}

/** Workspaces at rest that were applied once and whose state cannot be read (SM R4). */
export async function findLostStates({ store, home, readState, touchedAnything }: Deps): Promise<readonly LostState[]> {
  const marks = await store.workspaceMarks();
  // What a workspace in deletion was made of and no state knows is listed as suspects: its state is not missed.
  const listed = new Set((await store.listSuspects('open')).map((suspect) => suspect.workspaceId));
  const lost: LostState[] = [];
  for (const workspace of await store.listWorkspaces()) {
    if (workspace.phase === 'deleting' && listed.has(workspace.id)) continue;
    const paths = workspacePaths(home, workspace.id);
    const { kind } = marks.get(workspace.id)?.busy === false ? readState(paths.state) : { kind: 'ok' as const };
    if (kind === 'ok' || !(await wasApplied(store, touchedAnything, workspace.id))) continue;
    const atRest = async () => (await store.liveBuild(workspace.id)) === undefined;
    if (!(await atRest())) continue;
    lost.push({
      name: `${workspace.ownerName}/${workspace.name}`,
      kind,
      copy: await findStateCopy(paths, readState),
      // An engine that began to work meanwhile writes the state itself.
      mend: async () => ((await atRest()) ? mendState(paths, readState, () => Promise.resolve(true)) : undefined),
    });
  }
  return lost;
}
