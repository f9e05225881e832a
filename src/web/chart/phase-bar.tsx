import { phaseTime } from '../format.ts';
import { clean } from '../text.ts';
import { phaseSpans } from './geometry.ts';

const WIDTH = 1000;

/** Phases of a claim as one bar, and as a list that says the same in words. */
export function PhaseBar({ phases, label }: { phases: Readonly<Record<string, number>>; label: string }) {
  const spans = phaseSpans(phases);
  if (spans.length === 0) return null;
  const whole = phases['total'] ?? spans.reduce((sum, { ms }) => sum + ms, 0);
  return (
    <figure class="phases">
      <svg
        viewBox={`0 0 ${String(WIDTH)} 10`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}, ${phaseTime(whole)} in all`}
      >
        {spans.map(({ name, from, size }, at) => (
          <rect
            key={name}
            class={`phase p${String(at % 8)}`}
            x={from * WIDTH}
            width={Math.max(1, size * WIDTH - 2)}
            y="0"
            height="10"
          />
        ))}
      </svg>
      <ol>
        {spans.map(({ name, ms }, at) => (
          <li key={name}>
            <span class={`swatch p${String(at % 8)}`} aria-hidden="true" />
            {clean(name)} <b>{phaseTime(ms)}</b>
          </li>
        ))}
        <li>
          in all <b>{phaseTime(whole)}</b>
        </li>
      </ol>
    </figure>
  );
}
