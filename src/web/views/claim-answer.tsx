import type { ClaimAnswer } from '../../api/app.ts';
import { PhaseBar } from '../chart/phase-bar.tsx';
import { phaseTime } from '../format.ts';
import { Copyable, Facts } from '../parts/marks.tsx';
import { Resources } from '../parts/resources.tsx';
import { hashOf, workspacePlace } from '../route.ts';
import { clean } from '../text.ts';

const SERVED = { warm: 'from the pool', waited: 'from the pool, after waiting', cold: 'built new' } as const;

/** What a claim gave: the workspace, how it was served, and where the time went. */
export function Answered({ answer }: { answer: ClaimAnswer }) {
  const { workspace, waiting, servedAs, phases, missReason, presetReason, rebuilt, connect, resources, repeated } = answer;
  if (workspace === undefined) {
    return (
      <p class="note">
        <strong>The claim waits in line</strong>
        {waiting === undefined ? '.' : `, ${String(waiting.before)} before it.`}
      </p>
    );
  }
  const total = phases['total'];
  return (
    <article class="answer">
      <h2 class="mono">
        <a href={hashOf(workspacePlace(workspace.ownerName, workspace.name))}>
          <span class="of">{clean(workspace.ownerName)}/</span>
          {clean(workspace.name)}
        </a>
      </h2>
      <p class="served">
        <b>{servedAs === undefined ? '' : SERVED[servedAs]}</b>
        {total === undefined ? null : (
          <>
            {' '}
            in <b>{phaseTime(total)}</b>
          </>
        )}
        {repeated ? ', by an earlier request' : ''}
      </p>
      {missReason === undefined ? null : <p class="note warn">{clean(missReason)}</p>}
      <PhaseBar phases={phases} label="Phases of the claim" />
      {rebuilt.length === 0 ? null : (
        <p class="note warn">Rebuilt by the claim: {clean(rebuilt.map(({ address }) => address).join(', '))}</p>
      )}
      <Facts
        of={[
          ['Preset', clean(presetReason)],
          ['Connect', connect === undefined ? undefined : <Copyable text={connect} label="Copy the connect command" />],
        ]}
      />
      <Resources of={resources} />
    </article>
  );
}
