import type { Build } from '../domain/types.ts';
import type { BuildEnd } from './conclude.ts';
import type { WorkspaceDeps } from './deps.ts';

/**
 * Does `work` on a build that this process drives, and lets go of the build when it is left before its end: interrupted during an apply, which goes
 * on alone, or by an error. A server lives on after that, so its being alive would keep everybody else from what it left.
 */
export async function letGoIfLeft(
  deps: Pick<WorkspaceDeps, 'store' | 'me'>,
  build: Build,
  work: () => Promise<BuildEnd>,
): Promise<BuildEnd> {
  let end: BuildEnd | undefined;
  try {
    end = await work();
    return end;
  } finally {
    // A store that refuses this as well is what the error is about: whoever gets that ends the process.
    if (end === undefined || end.state === 'detached') {
      // Not told after an error: whoever takes the build over at once may meet it again at once.
      const reason = end === undefined ? undefined : 'interrupted; its engine works on alone';
      await deps.store.letGo(build.id, deps.me, reason).catch(() => undefined);
    }
  }
}
