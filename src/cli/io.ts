/** Where text goes: stdout is the answer, stderr is everything else (spec 3). */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly outTty: boolean;
  readonly errTty: boolean;
  /** Columns of the terminal behind stdout; undefined when it is none (then nothing is shortened). */
  readonly outColumns: number | undefined;
  readonly errColumns: number | undefined;
  /** The stream that live progress draws on. */
  readonly errStream: NodeJS.WritableStream;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';

/**
 * Colours of a stream: 0 = none, 1 = the basic sixteen. FORCE_COLOR decides when it is set (`0` and `false` mean none), then
 * NO_COLOR, then whether the stream is a terminal that can.
 */
export function colorLevel(env: Environment, tty: boolean): 0 | 1 {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced === '0' || forced === 'false' ? 0 : 1;
  return isSet(env['NO_COLOR']) || !tty || env['TERM'] === 'dumb' ? 0 : 1;
}

/** Spinners and live lines: only on a terminal that has a width and can move its cursor, and never in CI. */
export const canAnimate = (env: Environment, tty: boolean, columns: number | undefined): boolean =>
  tty && columns !== undefined && env['TERM'] !== 'dumb' && (!isSet(env['CI']) || env['CI'] === 'false');
