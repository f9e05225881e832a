import { useId, useState } from 'preact/hooks';
import type { PoolSeries } from '../../api/app.ts';
import { shortTime } from '../format.ts';
import { chartWords } from '../pool-words.ts';
import { barsPath, hourOf, stepAt, stepPath, topOf, type Box } from './geometry.ts';

const BOX: Box = { width: 480, height: 48 };

interface Props {
  readonly series: PoolSeries;
  readonly from: number;
  readonly stepMs: number;
  readonly hours: number;
  readonly now: number;
}

/** Bars of a pool's last hours: eligible, running and building on top of each other, and a line for what is desired. */
export function PoolChart({ series, from, stepMs, hours, now }: Props) {
  const [step, setStep] = useState<number | undefined>(undefined);
  const { desired, running, eligible, building } = series;
  const built = running.map((value, at) => (value === null ? null : value + (building[at] ?? 0)));
  const top = topOf(desired, built);
  const x = step === undefined ? 0 : (step / desired.length) * BOX.width;
  return (
    <figure class="chart">
      <svg
        viewBox={`0 0 ${String(BOX.width)} ${String(BOX.height)}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={chartWords(hours, series)}
        onPointerMove={(event) => {
          const area = event.currentTarget.getBoundingClientRect();
          setStep(stepAt((event.clientX - area.left) / area.width, desired.length));
        }}
        onPointerLeave={() => {
          setStep(undefined);
        }}
      >
        <path class="building" d={barsPath(running, built, top, BOX)} />
        <path class="running" d={barsPath(eligible, running, top, BOX)} />
        <path class="eligible" d={barsPath(undefined, eligible, top, BOX)} />
        <path class="desired" d={stepPath(desired, top, BOX)} />
        {step === undefined ? null : <line class="cursor" x1={x} x2={x} y1="0" y2={BOX.height} />}
      </svg>
      <figcaption>
        {step === undefined ? <Axis top={top} hours={hours} /> : <Readout {...{ series, step, at: from + step * stepMs, now }} />}
      </figcaption>
    </figure>
  );
}

const Axis = ({ top, hours }: { top: number; hours: number }) => (
  <>
    <span>{hours} h ago</span>
    <span>scale 0–{top}</span>
    <span>now</span>
  </>
);

/** Of the step under the pointer. */
const READ = ['desired', 'eligible', 'lowest', 'running', 'building'] as const;

function Readout({ series, step, at, now }: { series: PoolSeries; step: number; at: number; now: number }) {
  const known = series.desired[step] !== null;
  return (
    <>
      <span>{shortTime(at, now)}</span>
      {known ? (
        READ.map((name) => (
          <span key={name}>
            {name} <b>{series[name][step]}</b>
          </span>
        ))
      ) : (
        <span>nothing known</span>
      )}
    </>
  );
}

const COLUMNS = ['desired', 'eligible', 'lowest', 'running', 'building', 'claimed'] as const;

/** The number of an hour: what is a mean stays one. */
function ofHour(series: PoolSeries, column: (typeof COLUMNS)[number], at: number, every: number): string {
  const how = column === 'lowest' ? 'lowest' : column === 'desired' || column === 'claimed' ? 'highest' : 'mean';
  const value = hourOf(series[column].slice(at, at + every), how);
  return value === undefined ? '–' : String(value);
}

/** The same as numbers, an hour a row; made when it is opened. */
export function ChartTable({ series, from, stepMs, now, name }: Omit<Props, 'hours'> & { name: string }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const every = Math.max(1, Math.round(3_600_000 / stepMs));
  const steps = series.desired.flatMap((_value, at) => (at % every === 0 ? [at] : []));
  return (
    <>
      <button
        type="button"
        class="quiet"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => {
          setOpen(!open);
        }}
      >
        {open ? 'hide numbers' : 'numbers'}
        <span class="sr-only"> of {name}</span>
      </button>
      <div id={id} class="numbers" hidden={!open}>
        {open ? (
          <table>
            <caption>Per hour, the mean over its time; of desired and claimed the highest, of eligible also the lowest</caption>
            <thead>
              <tr>
                <th scope="col">From</th>
                {COLUMNS.map((count) => (
                  <th key={count} scope="col" class="right">
                    {count}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {steps.map((at) => (
                <tr key={at}>
                  <th scope="row">{shortTime(from + at * stepMs, now)}</th>
                  {COLUMNS.map((count) => (
                    <td key={count} class="right">
                      {ofHour(series, count, at, every)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        ) : null}
      </div>
    </>
  );
}
