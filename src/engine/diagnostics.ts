import type { Diagnostic, Failure, RunResult } from './engine.ts';

type FailureClass = Failure['errorClass'];

/** What follows from an interrupt and is never a cause of its own (engine-crash 9). */
const NOISE = /execution halted|operation canceled|context canceled|request cancelled/i;

/** State and lock problems share one summary, so the detail decides (engine-crash 4). */
const STATE_TEXTS: readonly (readonly [RegExp, FailureClass])[] = [
  [/no space left on device/i, 'environment'],
  [/saved plan is stale/i, 'stale_plan'],
  [/resource temporarily unavailable|already locked/i, 'busy'],
  [/unsupported state file format|state snapshot was created by|lineage/i, 'environment'],
];

/** Texts that say the same wherever they appear, also on a resource while planning. */
const CLEAR_TEXTS: readonly (readonly [RegExp, FailureClass])[] = [
  [/unsupported (terraform|opentofu) core version/i, 'environment'],
  [/no value for required variable|value for undeclared variable|invalid value for (input )?variable/i, 'template'],
  [/cannot connect to the docker daemon|error pinging docker server|failed to create docker client/i, 'environment'],
  [/connection refused|connection reset|i\/o timeout|tls handshake timeout|no such host|network is unreachable/i, 'transient'],
  [/plugin did not respond|too many requests|rate ?limit|throttl|service unavailable|bad gateway|gateway timeout/i, 'transient'],
];

/** Texts of resources that failed while being made; first match wins, nothing known = transient with bounded tries. */
const APPLY_TEXTS: readonly (readonly [RegExp, FailureClass])[] = [
  [/name ".*" is already in use by|network name .* already used|already exists/i, 'template'],
  [/address already in use|port is already allocated|insufficient|quota|limit ?exceeded|out of capacity|exhausted/i, 'capacity'],
  [/unable to set memory limit|minimum memory limit|command that was not found|executable file not found/i, 'template'],
  [/unable to find or pull image|unable to find network|permission denied|create local file error/i, 'environment'],
  [/unauthorized|access ?denied|forbidden|no valid credential|could not load credentials|expired ?token/i, 'environment'],
];

/**
 * Names the class of a run that did not end with 0, and one line for people. The order of decision is that of engine-crash 9; the caller's
 * own record of an interrupt comes first, because the exit code of an interrupt is that of any error.
 */
export function classify(result: RunResult, options: { readonly interrupted?: boolean | undefined } = {}): Failure {
  if (options.interrupted ?? result.interrupted) return failure('cancelled', 'the engine was interrupted', undefined);
  const ended = abnormalEnd(result.exitCode);
  if (ended !== undefined) return failure('transient', ended, undefined);
  const errors = result.diagnostics.filter((one) => one.severity === 'error' && !NOISE.test(textOf(one)));
  const first = errors[0];
  if (first === undefined) {
    const halted = result.diagnostics.some((one) => one.severity === 'error');
    return halted
      ? failure('cancelled', 'the engine was interrupted by somebody else', undefined)
      : failure('transient', `the engine ended with exit code ${String(result.exitCode)} and gave no reason`, undefined);
  }
  const decisive = errors.find((one) => matching(STATE_TEXTS, one) !== undefined) ?? first;
  const started = result.events.some((event) => event.type === 'apply_start');
  const fingerprint = `${decisive.address ?? ''} ${oneLine(decisive.summary)}`;
  return { ...failure(classOf(decisive, started), describe(decisive), decisive.address), fingerprint };
}

/** One diagnostic as one line: address, summary, and of the detail what the summary does not say. */
export function describe(diagnostic: Diagnostic): string {
  const summary = oneLine(diagnostic.summary);
  const detail = detailLine(diagnostic);
  const place = diagnostic.file === undefined ? '' : ` (${diagnostic.file}:${String(diagnostic.line ?? 1)})`;
  const text = `${summary}${detail === '' ? '' : `: ${detail}`}`;
  return diagnostic.address === undefined ? `${cut(text)}${place}` : `${diagnostic.address}: ${cut(text)}`;
}

function classOf(diagnostic: Diagnostic, started: boolean): FailureClass {
  const known = matching(STATE_TEXTS, diagnostic) ?? matching(CLEAR_TEXTS, diagnostic);
  if (known !== undefined) return known;
  if (!started && diagnostic.file !== undefined) return 'template';
  if (!started && diagnostic.address === undefined) return 'environment';
  return matching(APPLY_TEXTS, diagnostic) ?? 'transient';
}

/** exit 128+n is what the wrapper's shell says about an engine that a signal ended; 11 is a panic (engine-crash 1). */
function abnormalEnd(exitCode: number | undefined): string | undefined {
  if (exitCode === undefined) return 'the run ended without a result: its process was killed';
  if (exitCode > 128) return `the engine was ended by signal ${String(exitCode - 128)}`;
  if (exitCode === 11) return 'the engine crashed (panic)';
  return undefined;
}

function matching(table: readonly (readonly [RegExp, FailureClass])[], diagnostic: Diagnostic): FailureClass | undefined {
  const text = textOf(diagnostic);
  return table.find(([pattern]) => pattern.test(text))?.[1];
}

const textOf = (diagnostic: Diagnostic): string => `${diagnostic.summary}\n${diagnostic.detail}`;

/** A failed step tells its exit status and its last words; the command itself may hold values and is left out. */
function detailLine(diagnostic: Diagnostic): string {
  const step = /exit status (\d+)\.? ?(?:Output: ?([\s\S]*))?$/.exec(diagnostic.detail);
  if (/local-exec provisioner error/i.test(diagnostic.summary) && step !== null) {
    const last = (step[2] ?? '').trim().split('\n').at(-1) ?? '';
    return `exit status ${step[1] ?? '?'}${last === '' ? '' : `, ${oneLine(last)}`}`;
  }
  return oneLine(diagnostic.detail.trim().split('\n')[0] ?? '');
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
const cut = (text: string): string => (text.length > 300 ? `${text.slice(0, 297)}...` : text);
const failure = (errorClass: FailureClass, message: string, address: string | undefined): Failure => ({
  errorClass,
  message,
  address,
});
