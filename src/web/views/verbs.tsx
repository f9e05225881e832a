import { useState } from 'preact/hooks';
import type { Workspace } from '../../domain/types.ts';
import type { RouteId } from '../../api/paths.ts';
import { api } from '../api.ts';
import { run, type Problem } from '../client.ts';
import { asProblem, useFrame } from '../hooks.ts';
import { SYSTEM_NAME } from '../names.ts';
import { hashOf } from '../route.ts';
import { Confirm } from '../parts/confirm.tsx';
import { ProblemNote } from '../parts/marks.tsx';
import { progressLine } from '../parts/progress.ts';
import { clean } from '../text.ts';

const DAY_MS = 86_400_000;

interface Verb {
  readonly word: string;
  readonly act: 'extend' | 'hold' | 'unhold' | Extract<RouteId, `workspaces.${'start' | 'stop' | 'restart' | 'delete'}`>;
}

/** What may be done with a workspace now; the server decides again. */
function verbsFor({ ownerName, phase, heldAt, expiresAt }: Workspace, role: string): readonly Verb[] {
  if (ownerName === SYSTEM_NAME) {
    if (role !== 'admin') return [];
    return [heldAt === undefined ? { word: 'Hold', act: 'hold' } : { word: 'Make it stock again', act: 'unhold' }];
  }
  const verbs: Verb[] = [];
  if (phase === 'stopped' || phase === 'failed') verbs.push({ word: 'Start', act: 'workspaces.start' });
  if (phase === 'ready') verbs.push({ word: 'Stop', act: 'workspaces.stop' }, { word: 'Restart', act: 'workspaces.restart' });
  if (expiresAt !== undefined) verbs.push({ word: 'Extend by a day', act: 'extend' });
  if (['ready', 'stopped', 'failed', 'quarantined', 'deleting'].includes(phase))
    verbs.push({ word: 'Delete', act: 'workspaces.delete' });
  return verbs;
}

interface Doing {
  /** What goes on now. */
  readonly busy: string | undefined;
  readonly problem: Problem | undefined;
  readonly begin: (verb: Verb) => void;
}

/** One verb at a time; a long one tells how far it is. */
function useVerb({ ownerName: owner, name }: Workspace, onChange: () => void): Doing {
  const { say } = useFrame();
  const [busy, setBusy] = useState<string | undefined>(undefined);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const work = (act: Verb['act']): Promise<unknown> => {
    if (act === 'extend') return api.extend(owner, name, DAY_MS);
    if (act === 'hold' || act === 'unhold') return api.hold(owner, name, act === 'hold');
    return run(act, { owner, name }, (event, data) => {
      setBusy((before) => progressLine(event, data) ?? before);
    });
  };
  const begin = async ({ word, act }: Verb): Promise<void> => {
    setProblem(undefined);
    setBusy(`${word}…`);
    try {
      await work(act);
      say(`${word}: done`);
      if (act === 'workspaces.delete') location.hash = hashOf({ view: 'workspaces', search: '' });
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(undefined);
    onChange();
  };
  return { busy, problem, begin: (verb) => void begin(verb) };
}

/** A question that is open. A browser tells of a closed dialog a moment later, when the next question may be there already. */
interface Asking {
  readonly verb: Verb;
  readonly nth: number;
}

/** Buttons for the life of a workspace; what they began is told as it goes. */
export function Verbs({ workspace, onChange }: { workspace: Workspace; onChange: () => void }) {
  const { me } = useFrame();
  const { busy, problem, begin } = useVerb(workspace, onChange);
  const [asking, setAsking] = useState<Asking | undefined>(undefined);
  return (
    <div class="verbs">
      {verbsFor(workspace, me.role).map((verb) => (
        <button
          key={verb.act}
          type="button"
          disabled={busy !== undefined}
          class={verb.act === 'workspaces.delete' ? 'danger' : ''}
          onClick={() => {
            if (verb.act === 'workspaces.delete') setAsking((before) => ({ verb, nth: (before?.nth ?? 0) + 1 }));
            else begin(verb);
          }}
        >
          {verb.word}
        </button>
      ))}
      <span class="soft mono" role="status">
        {busy}
      </span>
      {problem === undefined ? null : <ProblemNote problem={problem} />}
      {asking === undefined ? null : (
        <Confirm
          key={asking.nth}
          question={`Delete ${clean(`${workspace.ownerName}/${workspace.name}`)}?`}
          detail="Everything that its template made is destroyed. This cannot be undone."
          verb="Delete"
          onYes={() => {
            setAsking(undefined);
            begin(asking.verb);
          }}
          onNo={() => {
            setAsking((now) => (now === asking ? undefined : now));
          }}
        />
      )}
    </div>
  );
}
