import { sourceName, unaccounted, type Finding, type SweepResult, type SweepSource } from '../domain/sweep.ts';
import { formatDuration } from '../kit/duration.ts';
import type { DoctorFinding, SweepView } from '../api/app.ts';
import type { Context } from './context.ts';
import { lastSweeps, plansOf } from './sweep-plans.ts';

/** For `doctor`: what no workspace accounts for, with what to do about it. */
export async function checkSweeps(context: Context): Promise<readonly DoctorFinding[]> {
  const plans = await plansOf(context);
  if (plans.length === 0) {
    const message = 'not configured: leaks at the provider are not looked for';
    return [{ level: 'ok', topic: 'sweep', message, remedy: undefined }];
  }
  const results = await lastSweeps(context);
  return plans.flatMap(({ source }) => {
    const result = results.find((one) => one.source === sourceName(source));
    return result === undefined ? [neverLooked(source)] : findingsOf(result, context.clock.now());
  });
}

const neverLooked = (source: SweepSource): DoctorFinding => ({
  level: 'warning',
  topic: 'sweep',
  message: `${sourceName(source)} was never looked at`,
  remedy: 'run `prebuilds sweep`; a reconcile does it too',
});

function findingsOf(result: SweepResult, now: number): readonly DoctorFinding[] {
  const ago = `checked ${formatDuration(now - result.at)} ago`;
  if (result.error !== undefined) {
    const message = `${result.source} could not be looked at, ${ago}: ${result.error}`;
    return [{ level: 'problem', topic: 'sweep', message, remedy: 'put the source right, then run `prebuilds sweep`' }];
  }
  const bad = result.findings.filter(({ verdict }) => verdict !== 'foreign');
  if (unaccounted(result).length === 0) {
    const message = `${result.source}: 0 unaccounted objects of ${String(result.objects)}, ${ago}`;
    return [{ level: 'ok', topic: 'sweep', message, remedy: undefined }, ...bad.map(findingOf)];
  }
  return bad.map(findingOf);
}

const findingOf = (one: Finding): DoctorFinding => ({
  level: one.verdict === 'leaked' ? 'problem' : 'warning',
  topic: 'sweep',
  message: `${one.kind} ${one.name ?? one.id}${one.workspace === undefined ? '' : ` of ${one.workspace}`}: ${one.reason}`,
  remedy: remedyOf(one),
});

/** A result with what a person does about each finding. */
export const sweepView = (result: SweepResult): SweepView => ({
  ...result,
  findings: result.findings.map((one) => ({ ...one, remedy: one.verdict === 'foreign' ? undefined : remedyOf(one) })),
});

function remedyOf({ verdict, removable, kind, id, workspace }: Finding): string {
  if (removable) return 'run `prebuilds sweep --remove`';
  if (verdict === 'missing') return `run \`prebuilds update ${workspace ?? ''}\`, or delete the workspace`;
  if (kind === 'process') return `if it is not needed: kill ${id}`;
  if (kind === 'folder') return `if it is not needed: rm -r ${id}`;
  return 'look at it, and remove it where it was made';
}
