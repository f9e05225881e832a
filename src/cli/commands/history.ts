import type { WorkspaceHistory } from '../../api/app.ts';
import type { Handler } from '../handler.ts';
import { buildJson, claimJson, eventJson } from '../render/json.ts';
import { seconds, stamp } from '../render/time.ts';
import type { Build, Claim, EventRow } from '../../domain/types.ts';

interface Line {
  readonly at: number;
  readonly what: string;
  readonly detail: string;
}

/** `history NAME`: builds, claims and events in one order of time. */
export const history: Handler = async (context, [name = '']) => {
  const app = await context.app();
  const { builds, claims, tries, events } = await app.workspaces.history(name);
  const json = { builds: builds.map(buildJson), claims: claims.map(claimJson), tries, events: events.map(eventJson) };
  context.answer(json, () => {
    const lines = [...builds.map(buildLine), ...claims.map(claimLine), ...tries.map(tryLine), ...events.map(eventLine)].sort(
      (a, b) => a.at - b.at,
    );
    return context.table(
      [{ head: 'TIME (UTC)' }, { head: 'WHAT' }, { head: 'DETAIL' }],
      lines.map(({ at, what, detail }) => [stamp(at), what, detail]),
    );
  });
  return undefined;
};

function buildLine(build: Build): Line {
  const what = build.stage === 'none' ? build.transition : build.stage;
  const took = build.endedAt === undefined ? '' : ` after ${seconds(build.endedAt - (build.startedAt ?? build.createdAt))}s`;
  const error = build.error === undefined ? '' : `: ${build.error}`;
  return {
    at: build.createdAt,
    what: `build ${String(build.number)} ${what}`,
    detail: `${build.state}${took}${error}; ${build.reason}`,
  };
}

function claimLine(claim: Claim): Line {
  const miss = claim.missReason === undefined ? '' : `; ${claim.missReason}`;
  const rebuilt = claim.rebuilt.length === 0 ? '' : `; rebuilt ${claim.rebuilt.map(({ address }) => address).join(', ')}`;
  return { at: claim.createdAt, what: 'claim', detail: `${claim.state}${miss}${rebuilt}` };
}

const tryLine = (one: WorkspaceHistory['tries'][number]): Line => ({
  at: one.at,
  what: `try ${String(one.n)}`,
  detail: `${one.workspaceName}: ${one.outcome}; ${one.reason}`,
});

const eventLine = (event: EventRow): Line => ({
  at: event.at,
  what: event.kind,
  detail: event.actor === undefined ? event.reason : `${event.reason} (${event.actor})`,
});
