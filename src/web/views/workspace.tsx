import { useRef, useState } from 'preact/hooks';
import type { Answer, WorkspaceDetail } from '../../api/app.ts';
import type { Claim, Workspace } from '../../domain/types.ts';
import { api } from '../api.ts';
import { PhaseBar } from '../chart/phase-bar.tsx';
import { Builds, Life } from '../chart/timeline.tsx';
import { inTime } from '../format.ts';
import { useAnswer, useNow } from '../hooks.ts';
import { SYSTEM_NAME } from '../names.ts';
import { Agents, Apps } from '../parts/agents.tsx';
import { Log } from '../parts/log.tsx';
import { Age, Copyable, Empty, Facts, ProblemNote, Status, Waiting } from '../parts/marks.tsx';
import { Resources } from '../parts/resources.tsx';
import { Table } from '../parts/table.tsx';
import { hashOf } from '../route.ts';
import { clean } from '../text.ts';
import { phaseTone, safetyOf } from '../workspace-words.ts';
import { EVENT_COLUMNS, EventLine } from './events.tsx';
import { Verbs } from './verbs.tsx';

interface Props {
  readonly owner: string;
  readonly name: string;
  readonly build: number | undefined;
  readonly onBuild: (build: number) => void;
}

/** One workspace: what it is, its builds and claims as timelines, its log, and its life's verbs. */
export function WorkspacePage({ owner, name, build, onBuild }: Props) {
  const id = useRef<string | undefined>(undefined);
  const { value, problem, reload } = useAnswer((signal) => load(owner, name, signal), [owner, name], {
    on: ({ workspaceId, workspaceName }) => workspaceId === id.current || workspaceName === name,
    everyMs: 10_000,
  });
  // What is gone has no buttons: what the page knew of it is no longer so.
  if (problem !== undefined && (value === undefined || problem.status === 404)) return <Missing name={name} problem={problem} />;
  if (value === undefined) return <Waiting />;
  const { detail, why } = value;
  const { workspace } = detail;
  id.current = workspace.id;
  return (
    <>
      <div class="title">
        <h1 class="mono">
          <span class="of">{clean(workspace.ownerName)}/</span>
          {clean(workspace.name)}
        </h1>
        <Status tone={phaseTone(workspace.phase)} word={workspace.phase} />
        <Verbs workspace={workspace} onChange={reload} />
      </div>
      {problem === undefined ? null : <ProblemNote problem={problem} />}
      {workspace.lastError === undefined ? null : <p class="note bad">{clean(workspace.lastError)}</p>}
      <Why why={why} />
      <Life workspace={workspace} />
      <div class="columns">
        <section aria-labelledby="facts">
          <h2 id="facts">Workspace</h2>
          <About detail={detail} />
          <Parameters of={workspace.parameters} />
          <Agents of={detail.agents} />
          <Apps of={detail.apps} />
          <Resources of={detail.resources} />
        </section>
        <BuildsAndLog detail={detail} build={build} onBuild={onBuild} />
      </div>
      <History workspace={workspace} />
    </>
  );
}

/** A workspace whose owner the address does not name is found by its name alone. */
async function load(
  owner: string,
  name: string,
  signal: AbortSignal,
): Promise<{ detail: WorkspaceDetail; why: Answer | undefined }> {
  const detail = await api.workspace(owner, name, signal);
  const full = `${detail.workspace.ownerName}/${detail.workspace.name}`;
  // Without the reason the page is still worth showing.
  const answers = await api.why(full, signal).catch(() => []);
  return { detail, why: answers[0] };
}

/** What binds the workspace now; nothing where all is as it should be. */
const Why = ({ why }: { why: Answer | undefined }) =>
  why === undefined || why.code === 'ready' || why.code === 'eligible' ? null : (
    <p class="note">
      {clean(why.text)}
      {why.next === undefined ? null : <span class="hint">{clean(why.next)}</span>}
    </p>
  );

function BuildsAndLog({
  detail: { workspace, builds },
  build,
  onBuild,
}: Pick<Props, 'build' | 'onBuild'> & { detail: WorkspaceDetail }) {
  const chosen = builds.find(({ number }) => number === build) ?? builds.at(-1);
  return (
    <section aria-labelledby="builds">
      <h2 id="builds">Builds</h2>
      {chosen === undefined ? (
        <Empty>There is none yet.</Empty>
      ) : (
        <>
          <Builds builds={builds} chosen={chosen.number} onChoose={onBuild} />
          <h2>Log of build {chosen.number}</h2>
          <Log owner={workspace.ownerName} name={workspace.name} build={chosen.number} live={chosen.endedAt === undefined} />
        </>
      )}
    </section>
  );
}

const Missing = ({ name, problem }: { name: string; problem: Parameters<typeof ProblemNote>[0]['problem'] }) => (
  <>
    <h1 class="mono">{clean(name)}</h1>
    <ProblemNote problem={problem} />
    <p>
      <a href={hashOf({ view: 'workspaces', search: `name:${name}` })}>Look for workspaces of this name</a>
    </p>
  </>
);

function About({ detail: { workspace, template, version, preset, connect, suspects } }: { detail: WorkspaceDetail }) {
  const now = useNow(15_000);
  const isStock = workspace.ownerName === SYSTEM_NAME;
  return (
    <>
      <Facts
        of={[
          ['Template', `${clean(template)} version ${String(version)}`],
          ['Preset', preset === undefined ? undefined : clean(preset)],
          ['Connect', connect === undefined ? undefined : <Copyable text={connect} label="Copy the connect command" />],
          ['Created', <Age at={workspace.createdAt} suffix=" ago" />],
          ['Ready', workspace.readyAt === undefined ? undefined : <Age at={workspace.readyAt} suffix=" ago" />],
          ['Claimed', workspace.claimedAt === undefined ? undefined : <Age at={workspace.claimedAt} suffix=" ago" />],
          ['Ends', workspace.expiresAt === undefined ? undefined : inTime(now, workspace.expiresAt)],
          ['Held', workspace.heldAt === undefined ? undefined : heldWords(workspace)],
          ['A claim', isStock ? <Status {...safetyOf(workspace)} /> : undefined],
          ['Cost', workspace.dailyCost === 0 ? undefined : `${String(workspace.dailyCost)} a day`],
          ['Id', <code>{workspace.id}</code>],
        ]}
      />
      {workspace.unsafeChanges.length === 0 ? null : (
        <ul class="note warn">
          {workspace.unsafeChanges.map(({ address, paths }) => (
            <li key={address}>
              <code>{clean(address)}</code> would be rebuilt
              {paths === undefined || paths.length === 0 ? '' : ` because of ${clean(paths.join(', '))}`}
            </li>
          ))}
        </ul>
      )}
      {suspects.map(({ id, address }) => (
        <p key={id} class="note warn">
          <code>{clean(address)}</code> may exist although no state knows it: look for it, and remove it by hand.
        </p>
      ))}
    </>
  );
}

const heldWords = ({ heldBy, heldReason }: { heldBy: string | undefined; heldReason: string | undefined }): string =>
  clean([heldBy === undefined ? 'yes' : `by ${heldBy}`, heldReason].filter((part) => part !== undefined).join(': '));

function Parameters({ of }: { of: Readonly<Record<string, string>> }) {
  const entries = Object.entries(of);
  if (entries.length === 0) return null;
  return (
    <>
      <h3>Parameters</h3>
      <Facts of={entries.map(([name, value]) => [clean(name), <code key={name}>{clean(value)}</code>])} />
    </>
  );
}

function History({ workspace: { id, ownerName: owner, name } }: { workspace: Workspace }) {
  const { value } = useAnswer((signal) => api.workspaceHistory(owner, name, signal), [owner, name], {
    on: ({ workspaceId }) => workspaceId === id,
    everyMs: 30_000,
  });
  const [all, setAll] = useState(false);
  if (value === undefined) return null;
  const events = [...value.events].reverse();
  const shown = all ? events : events.slice(0, 20);
  return (
    <>
      {value.claims.length === 0 ? null : (
        <section aria-labelledby="claims">
          <h2 id="claims">Claims</h2>
          {[...value.claims].reverse().map((claim) => (
            <ClaimLine key={claim.id} claim={claim} />
          ))}
        </section>
      )}
      <section aria-labelledby="events">
        <h2 id="events">Events</h2>
        <Table caption="Events, newest first" columns={EVENT_COLUMNS} stack>
          {shown.map((row) => (
            <EventLine key={row.seq} row={row} nameNow={undefined} />
          ))}
        </Table>
        {shown.length === events.length ? null : (
          <p class="more">
            <button
              type="button"
              onClick={() => {
                setAll(true);
              }}
            >
              Show all {events.length}
            </button>
          </p>
        )}
      </section>
    </>
  );
}

function ClaimLine({ claim }: { claim: Claim }) {
  const tone =
    claim.state === 'served' ? 'good' : claim.state === 'failed' ? 'bad' : claim.endedAt === undefined ? 'busy' : 'off';
  return (
    <article class="claim">
      <header>
        <Status tone={tone} word={claim.servedAs === undefined ? claim.state : `${claim.state} ${claim.servedAs}`} />
        <span>
          as <code>{clean(claim.name)}</code>, <Age at={claim.createdAt} suffix=" ago" />
        </span>
        {claim.missReason === undefined ? null : <span class="soft">{clean(claim.missReason)}</span>}
      </header>
      <PhaseBar phases={claim.phases} label="Phases of the claim" />
      {claim.rebuilt.length === 0 ? null : (
        <p class="warn">rebuilt {clean(claim.rebuilt.map(({ address }) => address).join(', '))}</p>
      )}
    </article>
  );
}
