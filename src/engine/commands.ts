import { EngineError, InterruptedError } from '../kit/errors.ts';
import type { EngineInfo } from './engine.ts';
import { capture, type Captured } from './exec.ts';

const INIT_TIMEOUT_MS = 15 * 60_000;
const SHOW_TIMEOUT_MS = 60_000;

/** Arguments of `init`; never run with a provider session's map, which would leave those providers out of the lock file. */
export const initArgs = (): readonly string[] => ['init', '-input=false', '-no-color'];

export interface PlanOptions {
  readonly refresh: boolean;
  readonly destroy: boolean;
  /** Plan file, made in mode 0600 by the run's umask: it holds values. */
  readonly out: string;
  readonly varFile: string | undefined;
  /** Only these addresses, for the evaluation of presets and parameters (engine.md 1). */
  readonly targets?: readonly string[] | undefined;
  /** false for plans that must not disturb anybody, such as rehearsals. */
  readonly lock?: boolean | undefined;
  /** Plan from this state file instead of the workspace's own. */
  readonly state?: string | undefined;
}

/** Arguments of `plan`. Values go through a variables file only, never through argv (spec 7.2). */
export const planArgs = (options: PlanOptions): readonly string[] => [
  'plan',
  '-json',
  '-input=false',
  '-no-color',
  `-refresh=${String(options.refresh)}`,
  ...(options.destroy ? ['-destroy'] : []),
  ...(options.lock === false ? ['-lock=false'] : []),
  ...(options.state === undefined ? [] : [`-state=${options.state}`]),
  ...(options.targets ?? []).map((address) => `-target=${address}`),
  ...(options.varFile === undefined ? [] : [`-var-file=${options.varFile}`]),
  `-out=${options.out}`,
];

/** Arguments of `apply` of a saved plan, for whoever looks at the plan first. */
export const applyArgs = (options: { readonly plan: string }): readonly string[] => [
  'apply',
  '-json',
  '-input=false',
  '-no-color',
  '-auto-approve',
  options.plan,
];

export type DirectOptions = Pick<PlanOptions, 'refresh' | 'destroy' | 'varFile'>;

/**
 * Arguments of a plan that is applied at once, by one engine process and under one state lock. There is no plan file, so nothing can be
 * applied a second time: whoever finds such a run dead makes a new plan (the danger of SM R3 does not exist here).
 */
export const directArgs = (options: DirectOptions): readonly string[] => [
  'apply',
  '-json',
  '-input=false',
  '-no-color',
  '-auto-approve',
  `-refresh=${String(options.refresh)}`,
  ...(options.destroy ? ['-destroy'] : []),
  ...(options.varFile === undefined ? [] : [`-var-file=${options.varFile}`]),
];

/** Arguments of the liveness check: a `resource_drift` with action delete means dead (spec 5.8). Changes nothing. */
export const refreshOnlyArgs = (options: { readonly varFile: string | undefined }): readonly string[] => [
  'plan',
  '-refresh-only',
  '-json',
  '-input=false',
  '-no-color',
  ...(options.varFile === undefined ? [] : [`-var-file=${options.varFile}`]),
];

/** Arguments of `show` for a saved plan. */
export const showArgs = (options: { readonly plan: string }): readonly string[] => ['show', '-json', '-no-color', options.plan];

export interface CommandInput {
  readonly engine: EngineInfo;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Initialises a version's folder once (engine.md 2). Throws EngineError init_failed with the engine's first error, or InterruptedError. */
export async function initVersion(input: CommandInput): Promise<void> {
  const answer = await capture({
    ...input,
    file: input.engine.path,
    args: initArgs(),
    env: withoutSession(input.env),
    timeoutMs: INIT_TIMEOUT_MS,
  });
  if (answer.exitCode === 0) return;
  if (answer.interrupted) throw new InterruptedError('interrupted while the providers were being installed');
  const why = firstError(answer);
  throw new EngineError('init_failed', `${input.engine.kind} init failed: ${why}`, {
    hint: /provider/i.test(why)
      ? 'check that the provider exists and that its registry or mirror can be reached'
      : 'run init in the template folder by hand to see more',
    details: { engine: input.engine.path, exitCode: answer.exitCode },
  });
}

/** The parts of `show -json PLAN` that this room itself reads. Other readers take the rest as unknown. */
export interface ShownPlan {
  readonly resource_changes?: readonly {
    readonly address?: string;
    readonly change?: {
      readonly actions?: readonly string[];
      readonly replace_paths?: readonly (readonly (string | number)[])[];
    };
  }[];
  readonly [key: string]: unknown;
}

/** The plan as JSON. Contains values, so it is never stored or logged. Throws EngineError show_failed. */
export async function showPlan(input: CommandInput & { readonly plan: string }): Promise<ShownPlan> {
  const answer = await capture({ ...input, file: input.engine.path, args: showArgs(input), timeoutMs: SHOW_TIMEOUT_MS });
  if (answer.interrupted) throw new InterruptedError();
  if (answer.exitCode !== 0) {
    throw new EngineError('show_failed', `${input.engine.kind} could not read its own plan: ${firstError(answer)}`, {
      hint: 'run the command again; if it stays, look at the free space of the disk',
    });
  }
  return JSON.parse(answer.stdout) as ShownPlan;
}

/** Which attributes force each replacement, dotted, by address. Tainted resources are replaced without any path. */
export function replacePathsOf(plan: ShownPlan): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, readonly string[]>();
  for (const { address, change } of plan.resource_changes ?? []) {
    const replaced = change?.actions?.includes('delete') === true && change.actions.includes('create');
    if (address !== undefined && replaced)
      paths.set(
        address,
        (change.replace_paths ?? []).map((path) => path.join('.')),
      );
  }
  return paths;
}

/** First error of the engine's plain text, without its frame, as one line. */
export function firstError(answer: Pick<Captured, 'stdout' | 'stderr' | 'timedOut' | 'exitCode' | 'startError'>): string {
  if (answer.timedOut) return 'it took too long';
  if (answer.startError !== undefined) return `it could not be started (${answer.startError})`;
  return errorText(answer.stderr) ?? errorText(answer.stdout) ?? `exit code ${String(answer.exitCode)}`;
}

/** Finds `Error: ...` with the paragraph that explains it; undefined when the text has none. */
export function errorText(text: string): string | undefined {
  const plain = text.replace(/\u001b\[[0-9;]*m/g, '');
  const lines = plain.split('\n').map((line) => line.replace(/^[\s│╷╵|]+/, '').trim());
  const at = lines.findIndex((line) => line.startsWith('Error:'));
  if (at < 0) return undefined;
  const summary = (lines[at] ?? '').slice('Error:'.length).trim();
  const rest = lines.slice(at + 1);
  const from = rest.findIndex((line) => line !== '');
  const until = rest.findIndex((line, index) => index > from && line === '');
  const detail = from < 0 ? '' : rest.slice(from, until < 0 ? undefined : until).join(' ');
  const whole = detail === '' || detail.startsWith('Error:') ? summary : `${summary}: ${detail}`;
  return cut(whole);
}

/** As much of an error as one line bears. */
export const cut = (text: string): string => (text.length > 400 ? `${text.slice(0, 397)}...` : text);

function withoutSession(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'TF_REATTACH_PROVIDERS'));
}
