import { InvalidArgumentError } from 'commander';
import type { RunOptions } from '../api/app.ts';
import type { VariableSource } from '../domain/types.ts';
import { durationProblem, parseDuration } from '../kit/duration.ts';

/** Options of one command as commander read them, asked for by camel-case name. */
export class Options {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values[name];
    return typeof value === 'number' ? value : undefined;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  list(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  /** `--var` and `--var-file` in the order in which they were typed. */
  variables(): readonly VariableSource[] {
    const typed = this.#values['var'] ?? this.#values['varFile'];
    return typed instanceof VariableSources ? typed.all : [];
  }
}

/** What every command that runs the engine passes on; `--no-provider-session`, else the configuration decides about sessions. */
export const runOptions = (signal: AbortSignal, onProgress: RunOptions['onProgress'], options: Options): RunOptions => ({
  signal,
  onProgress,
  ...(options.flag('providerSession') ? {} : { providerSession: false }),
});

/** Parser for an option that may be given several times. */
export const collect = (value: string, previous: unknown): string[] => [
  ...(Array.isArray(previous) ? previous.map(String) : []),
  value,
];

/** Parsers of `--var` and `--var-file` of one command: both keep what all of them were given, since of several the later wins. */
export class VariableSources {
  readonly all: VariableSource[] = [];

  readonly addValue = (value: string): this => this.#add({ value });
  readonly addFile = (file: string): this => this.#add({ file });

  #add(source: VariableSource): this {
    this.all.push(source);
    return this;
  }
}

/** Parser for a duration such as 90s or 1h30m; milliseconds. */
export function duration(value: string): number {
  const ms = parseDuration(value);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError(`${durationProblem(value)}.`);
  return ms;
}

/** Parser for a quota: 0, 1, 2, ... */
export function allowance(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('Write a whole number from 0 on.');
  return Number(value);
}

/** Parser for a number of a version or build: 1, 2, 3, ... */
export function ordinal(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('Write a whole number from 1 on.');
  return Number(value);
}
