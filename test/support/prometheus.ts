/** A strict reader of the Prometheus text format 0.0.4, for tests: throws at the first line that is not of it. */

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly series: readonly Series[];
  readonly types: Readonly<Record<string, string>>;
  /** The one value of the series whose labels contain these; undefined when there is none. Throws when there are several. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
  /** Sum over all series whose labels contain these. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/;
const UNESCAPED: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const types: Record<string, string> = {};
  const series = text
    .slice(0, -1)
    .split('\n')
    .flatMap((line) => {
      const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
      if (type?.[1] !== undefined && type[2] !== undefined) {
        if (types[type[1]] !== undefined) throw new Error(`two types: ${line}`);
        types[type[1]] = type[2];
        return [];
      }
      return /^# HELP \S+ \S/.test(line) ? [] : [parseSeries(line)];
    });
  const keys = series.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels).sort()]));
  if (new Set(keys).size !== keys.length) throw new Error('a series occurs twice');
  const matching = (name: string, labels: Readonly<Record<string, string>> = {}): readonly Series[] =>
    series.filter((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value));
  return {
    series,
    types,
    value: (name, labels) => {
      const found = matching(name, labels);
      if (found.length > 1) throw new Error(`${String(found.length)} series of ${name} match ${JSON.stringify(labels)}`);
      return found[0]?.value;
    },
    sum: (name, labels) => matching(name, labels).reduce((sum, one) => sum + one.value, 0),
  };
}

function parseSeries(line: string): Series {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) throw new Error(`not a line of the text format: ${line}`);
  let rest = line.slice(name.length);
  const labels: Record<string, string> = {};
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    while (!rest.startsWith('}')) {
      const [all, label, value] = LABEL.exec(rest) ?? [];
      if (all === undefined || label === undefined || value === undefined) throw new Error(`not a label: ${rest}`);
      labels[label] = value.replaceAll(/\\[\\"n]/g, (escaped) => UNESCAPED[escaped] ?? '');
      rest = rest.slice(all.length).replace(/^,/, '');
    }
    rest = rest.slice(1);
  }
  const value = /^ (\S+)$/.exec(rest)?.[1];
  if (value === undefined || value === '' || Number.isNaN(Number(value))) throw new Error(`not a value: ${line}`);
  return { name, labels, value: Number(value) };
}
