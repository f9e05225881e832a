import type { Build, Workspace } from '../../domain/types.ts';
import { phaseTime } from '../format.ts';
import { useNow } from '../hooks.ts';
import { SYSTEM_NAME } from '../names.ts';
import { Age, Status } from '../parts/marks.tsx';
import { clean } from '../text.ts';
import { buildTone, verbOf } from '../workspace-words.ts';
import { formatDuration } from '../../kit/duration.ts';
import { buildBars, lifeOf, type BuildBar } from './life.ts';

const WIDTH = 1000;

interface BuildsProps {
  readonly builds: readonly Build[];
  /** Number of the build whose log is shown. */
  readonly chosen: number | undefined;
  readonly onChoose: (build: number) => void;
}

/** Builds, newest first, each with a bar of how long it waited and worked; the bar of the longest is whole. */
export function Builds({ builds, chosen, onChoose }: BuildsProps) {
  const live = builds.some(({ endedAt }) => endedAt === undefined);
  const now = useNow(live ? 250 : 60_000);
  const newest = [...builds].reverse();
  const bars = buildBars(newest, now);
  return (
    <ol class="builds">
      {newest.map((build, at) => (
        <li key={build.id} class={build.number === chosen ? 'chosen' : ''}>
          <button
            type="button"
            class="quiet what"
            aria-pressed={build.number === chosen}
            onClick={() => {
              onChoose(build.number);
            }}
          >
            #{build.number} {verbOf(build)}
            <span class="sr-only">, show its log</span>
          </button>
          <Status tone={buildTone(build.state)} word={build.state} />
          {bars[at] === undefined ? null : <Bar bar={bars[at]} />}
          <span class="when soft">
            <Age at={build.createdAt} suffix=" ago" />
          </span>
          <p class="reason">
            {clean(build.reason)}
            {build.error === undefined ? null : <span class="bad error">{clean(build.error)}</span>}
          </p>
        </li>
      ))}
    </ol>
  );
}

function Bar({ bar: { waiting, working, waitedMs, workedMs } }: { bar: BuildBar }) {
  const words = `${waitedMs < 50 ? '' : `waited ${phaseTime(waitedMs)}, `}worked ${phaseTime(workedMs)}`;
  return (
    <span class="track">
      <svg viewBox={`0 0 ${String(WIDTH)} 10`} preserveAspectRatio="none" aria-hidden="true">
        <rect class="waited" x={waiting.from * WIDTH} width={waiting.size * WIDTH} y="3" height="4" />
        <rect class="worked" x={working.from * WIDTH} width={working.size * WIDTH} y="0" height="10" />
      </svg>
      <span class="took">{words}</span>
    </span>
  );
}

/** The life of a workspace as one bar. */
export function Life({ workspace }: { workspace: Workspace }) {
  const now = useNow(15_000);
  const parts = lifeOf(workspace, workspace.ownerName === SYSTEM_NAME, now);
  return (
    <figure class="life">
      <svg viewBox={`0 0 ${String(WIDTH)} 10`} preserveAspectRatio="none" aria-hidden="true">
        {parts.map(({ word, from, size }) => (
          <rect key={word} class={`life ${word.replaceAll(' ', '-')}`} x={from * WIDTH} width={size * WIDTH} y="0" height="10" />
        ))}
      </svg>
      <ol>
        {parts.map(({ word, ms }) => (
          <li key={word}>
            <span class={`swatch ${word.replaceAll(' ', '-')}`} aria-hidden="true" />
            {word} <b>{formatDuration(ms)}</b>
          </li>
        ))}
      </ol>
    </figure>
  );
}
