import { join } from 'node:path';
import { UserError } from '../kit/errors.ts';
import { BASELINE_REASON } from '../lint/baseline.ts';
import type { Fixed } from '../lint/formats/format.ts';
import type { TemplateReport } from '../lint/model.ts';
import { fails, type FailOn } from '../lint/threshold.ts';
import { createHclParser, type HclParser } from '../template/hcl.ts';
import type { Configuration } from '../template/syntax/configuration.ts';
import { loadConfiguration } from '../template/syntax/load.ts';
import { createSyntaxParser } from '../template/syntax/parser.ts';
import type { SyntaxParser } from '../template/syntax/ast.ts';
import { openBaseline, updateBaseline, type BaselineFile } from './lint/baseline-file.ts';
import { check, type Rules, type Target } from './lint/check.ts';
import { filesOf, hasPrebuilds } from './lint/files.ts';
import { diffOf, fixable, repair, writeChanges, type Change } from './lint/fix.ts';
import { withOverlay, type Overlay } from './lint/overlay.ts';
import { chosenRules, type LintRequest, type LintResult } from './lint/request.ts';
import { changedSince } from './lint/since.ts';
import { patchFile, shownFile, targetsOf } from './lint/targets.ts';

export type { LintRequest, LintResult } from './lint/request.ts';

interface Linted {
  readonly target: Target;
  readonly configuration: Configuration;
  report: TemplateReport;
  readonly stale: number;
}

/**
 * `prebuilds lint`: reads settings, templates and modules, lints, applies settings, comments, baseline and changed files, and repairs when
 * it is asked to. Opens neither home nor store, starts no engine. UserError when it could not run (exit code 2).
 */
export async function lintFolders(request: LintRequest): Promise<LintResult> {
  const chosen = chosenRules(request);
  requireUse(request);
  const baseline =
    request.baseline === undefined ? undefined : openBaseline(request.baseline, request.cwd, request.updateBaseline);
  const { targets, ignored } = await targetsOf(request);
  const changed = request.since === undefined ? undefined : await changedSince(request.since, targets[0]?.dir ?? request.cwd);
  let hcl: HclParser | undefined;
  const rules: Rules = {
    chosen,
    inlineIgnores: request.inlineIgnores,
    strictSyntax: request.strictSyntax,
    today: request.today,
    hcl: () => (hcl ??= createHclParser()),
    baseline: request.updateBaseline ? undefined : baseline,
    changed,
  };
  const parser = await createSyntaxParser();
  const { linted, left } = await lintAll(targets, request, rules, parser);
  const fixed = request.fix === 'no' ? undefined : await repairAll(linted, rules, parser, request);
  const notes = [...notesOf(ignored, left, fixed), ...baselineNotes(linted, baseline, request)];
  return resultOf(linted, request, fixed, notes);
}

/** UserError for options that contradict each other. */
function requireUse({ updateBaseline: update, baseline, since, only, disable }: LintRequest): void {
  const wrong = (message: string, hint: string): UserError => new UserError('usage', message, { hint });
  if (update && baseline === undefined) throw wrong('--update-baseline needs --baseline FILE', 'name the file to write');
  if (update && (since !== undefined || only.length > 0 || disable.length > 0)) {
    throw wrong('--update-baseline needs all findings', 'leave --since, --only and --disable out');
  }
}

/** Loads and lints one template after the other. `left`: those that the request does not want. */
async function lintAll(targets: readonly Target[], request: LintRequest, rules: Rules, parser: SyntaxParser) {
  const linted: Linted[] = [];
  const left = { withoutPrebuilds: 0, unchanged: 0 };
  for (const target of targets) {
    const configuration = await loadConfiguration(target.dir, parser);
    const files = filesOf(configuration);
    if (configuration.root.files.length === 0) {
      throw new UserError('template_without_tf', `template folder ${target.shown} has no .tf file`, {
        hint: 'give the folder that holds the .tf files, or look below it with --recursive',
      });
    }
    const { changed } = rules;
    const asks = configuration.problems.length > 0 || hasPrebuilds(configuration);
    if (request.onlyPrebuilds && !asks) left.withoutPrebuilds += 1;
    else if (changed !== undefined && !touched(target, files, changed)) left.unchanged += 1;
    else linted.push({ target, configuration, ...(await check(configuration, target, rules)) });
  }
  return { linted, left };
}

/** Whether a changed file lies in the template, or is one of the modules it uses. */
const touched = ({ dir }: Target, files: readonly { readonly path: string }[], changed: ReadonlySet<string>): boolean =>
  [...changed].some((path) => path.startsWith(`${dir}/`)) || files.some(({ path }) => changed.has(join(dir, path)));

/** Repairs the templates in memory, one after the other, then writes all files or none. */
async function repairAll(
  linted: readonly Linted[],
  rules: Rules,
  parser: SyntaxParser,
  { fix, cwd }: LintRequest,
): Promise<Fixed> {
  const write = fix === 'write';
  let overlay: Overlay = new Map();
  let findings = 0;
  let refused = 0;
  const repaired = new Map<Linted, TemplateReport>();
  for (const one of linted) {
    const { dir } = one.target;
    const again = async (texts: Overlay): Promise<TemplateReport> =>
      (await check(await loadConfiguration(dir, withOverlay(parser, dir, texts)), one.target, rules)).report;
    const { report } = one;
    const state = await repair({ dir, report, check: again }, overlay);
    overlay = state.overlay;
    findings += open(report) - open(state.report);
    refused += fixable(state.report).length;
    repaired.set(one, state.report);
  }
  const changes = changesOf(linted, overlay, cwd);
  if (write) {
    writeChanges(
      changes,
      linted.map(({ target }) => target.dir),
    );
    for (const [one, report] of repaired) one.report = report;
  }
  return { written: write && changes.length > 0, findings, refused, ...diffOf(changes) };
}

const open = ({ findings }: TemplateReport): number => findings.filter(({ suppressed }) => suppressed === undefined).length;

function changesOf(linted: readonly Linted[], overlay: Overlay, cwd: string): readonly Change[] {
  return [...overlay].sort().flatMap(([path, after]) => {
    const owner = linted.find(({ report, target }) => [...report.sources.keys()].some((file) => join(target.dir, file) === path));
    const file =
      owner === undefined ? undefined : filesOf(owner.configuration).find((one) => join(owner.target.dir, one.path) === path);
    if (owner === undefined || file === undefined || file.text === after) return [];
    return [{ path, shown: shownFile(owner.target, path), patch: patchFile(path, cwd), before: file.text, after }];
  });
}

function notesOf(
  ignored: number,
  left: { withoutPrebuilds: number; unchanged: number },
  fixed: Fixed | undefined,
): readonly string[] {
  const said = (n: number, why: string): readonly string[] =>
    n === 0 ? [] : [`${String(n)} ${n === 1 ? 'template' : 'templates'} left out: ${why}`];
  return [
    ...said(ignored, 'ignored by the settings'),
    ...said(left.withoutPrebuilds, 'no preset asks for prebuilds'),
    ...said(left.unchanged, 'nothing of it changed'),
    ...(fixed === undefined || fixed.refused === 0
      ? []
      : [`${String(fixed.refused)} with a fix that was not applied: the template would not have become better`]),
  ];
}

function baselineNotes(linted: readonly Linted[], baseline: BaselineFile | undefined, request: LintRequest): readonly string[] {
  if (baseline === undefined || !request.updateBaseline) return [];
  const wrote = updateBaseline(
    baseline,
    linted.map(({ target, report }) => ({ dir: target.dir, report })),
  );
  // From now on they are known: this run does not fail for them.
  for (const one of linted) one.report = known(one.report);
  return [wrote ? `wrote ${request.baseline ?? ''}` : `${request.baseline ?? ''} is up to date`];
}

const known = (report: TemplateReport): TemplateReport => ({
  ...report,
  findings: report.findings.map((finding) =>
    finding.rule === 'syntax' || finding.suppressed !== undefined
      ? finding
      : { ...finding, suppressed: { reason: BASELINE_REASON } },
  ),
});

function resultOf(
  linted: readonly Linted[],
  request: LintRequest,
  fixed: Fixed | undefined,
  notes: readonly string[],
): LintResult {
  const thresholds = new Map(linted.map(({ target }) => [target.shown, target.settings.failOn]));
  const failOn = (dir: string): FailOn => request.failOn ?? thresholds.get(dir) ?? 'error';
  const reports = linted.map(({ report }) => report);
  const findings = reports.flatMap((report) => report.findings.map((finding) => ({ finding, dir: report.dir })));
  const unreadable = findings.some(({ finding }) => finding.rule === 'syntax');
  const failed = findings.some(({ finding, dir }) => fails(finding, failOn(dir)));
  return {
    reports,
    files: new Set(
      linted.flatMap(({ target, configuration }) => filesOf(configuration).map(({ path }) => join(target.dir, path))),
    ).size,
    staleBaseline: linted.reduce((sum, { stale }) => sum + stale, 0),
    fixed,
    exitCode: unreadable ? 2 : failed ? 1 : 0,
    failOn,
    docsUrl: linted.find(({ target }) => target.settings.docsUrl !== undefined)?.target.settings.docsUrl,
    notes,
  };
}
