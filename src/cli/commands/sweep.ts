import type { SweepFinding, SweepReport } from '../../api/app.ts';
import { UserError } from '../../kit/errors.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import { leakedOf, suspectJson, sweepJson } from '../render/json.ts';
import { suspectsLine, sweepLine } from '../render/sweep.ts';
import { clean, sections } from '../render/text.ts';

const COLUMNS = [
  { head: 'FINDING' },
  { head: 'KIND' },
  { head: 'OBJECT' },
  { head: 'WORKSPACE' },
  { head: 'WHY' },
  { head: 'REMEDY' },
];

/** `sweep [TEMPLATE] [--remove] [--dry-run]` or `sweep --absent WORKSPACE`: exit 1 when something is unaccounted for, or a source could not be looked at. */
export const sweep: Handler = async (context, [template], options) => {
  const app = await context.app();
  const [remove, dryRun, absent] = [options.flag('remove'), options.flag('dryRun'), options.text('absent')];
  if (absent !== undefined) {
    if (template !== undefined || remove || dryRun)
      throw new UserError('bad_option', '--absent is a word of yours about one workspace: it goes with no other option of sweep');
    const resolvedSuspects = await app.sweeps.declareAbsent(absent);
    context.answer({ resolvedSuspects }, () => resolvedSuspects.map(resolvedLine).join('\n'));
    if (resolvedSuspects.length === 0) context.note(`nothing of ${clean(absent)} was suspected to exist outside its state`);
    return undefined;
  }
  if (remove && !dryRun) {
    await context.confirmed(
      'Remove every container and volume that no workspace of this home accounts for?',
      options.flag('yes'),
    );
  }
  const report = await app.sweeps.run({ template, remove, dryRun });
  const suspects = await app.sweeps.suspects();
  context.answer({ ...sweepJson(report), openSuspects: suspects.map(suspectJson) }, () =>
    sections(text(context, report, dryRun), suspectsLine(suspects)),
  );
  return report.results.some((view) => view.error !== undefined || leakedOf(view).length > 0) ? 1 : undefined;
};

const resolvedLine = (address: string): string => clean(`${address} is no longer suspected to exist outside its state`);

function text(context: Context, report: SweepReport, dryRun: boolean): string {
  const findings = report.results.flatMap((view) => view.findings);
  const verb = dryRun ? 'would remove' : 'removed';
  return sections(
    context.table(COLUMNS, findings.map(row)),
    report.removed.map(({ kind, name, id }) => clean(`${verb} ${kind} ${name ?? id}`)).join('\n'),
    report.resolved.map(resolvedLine).join('\n'),
    report.results.map((view) => sweepLine(context, view)).join('\n'),
  );
}

const row = (one: SweepFinding): string[] => [
  one.verdict,
  one.kind,
  one.name ?? one.id,
  one.workspace ?? one.workspaceId ?? '',
  one.reason,
  one.remedy ?? '',
];
