import { isUtf8 } from 'node:buffer';
import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UserError } from '../../kit/errors.ts';
import { unifiedDiff } from '../../lint/diff.ts';
import { applyEdits, byFile, compatible } from '../../lint/edits.ts';
import { fingerprintOf } from '../../lint/fingerprint.ts';
import { byPlace } from '../../lint/formats/order.ts';
import type { Fixed } from '../../lint/formats/format.ts';
import type { Finding, TemplateReport } from '../../lint/model.ts';
import { isInside } from '../../template/source.ts';
import type { Overlay } from './overlay.ts';

/** One template that is being repaired: `check` lints it with the texts of an overlay. */
export interface Repair {
  /** Absolute. */
  readonly dir: string;
  readonly report: TemplateReport;
  readonly check: (overlay: Overlay) => Promise<TemplateReport>;
}

interface State {
  readonly overlay: Overlay;
  readonly report: TemplateReport;
}

/** More rounds than entries anybody ignores of one resource. */
const MOST_ROUNDS = 100;

/**
 * Applies the fixes of a template in memory: first all together, and when that does not make it better, resource by resource. Better
 * means fewer open findings and nothing that cannot be read. Returns the texts and the report after it, which are the given ones when
 * nothing could be made better.
 */
export async function repair({ dir, report, check }: Repair, overlay: Overlay): Promise<State> {
  const start: State = { overlay, report };
  const all = await chain(dir, start, check, () => true);
  if (isBetter(all, start)) return all;
  let state = start;
  for (const owner of new Set(fixable(report).map(ownerOf))) {
    const next = await chain(dir, state, check, (finding) => ownerOf(finding) === owner);
    if (isBetter(next, state)) state = next;
  }
  return state;
}

/** Rounds of fixes that do not touch each other, each linted before the next: the edits of the next depend on the texts of this one. */
async function chain(dir: string, start: State, check: Repair['check'], wanted: (finding: Finding) => boolean): Promise<State> {
  const tried = new Set<string>();
  let state = start;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const open = fixable(state.report).filter((finding) => wanted(finding) && !tried.has(fingerprintOf(finding)));
    const { findings, edits } = compatible(open);
    if (findings.length === 0) return state;
    for (const finding of findings) tried.add(fingerprintOf(finding));
    const overlay = new Map(state.overlay);
    for (const [file, own] of byFile(edits)) {
      const source = state.report.sources.get(file);
      const text = source === undefined || file.startsWith('../') ? undefined : applyEdits(source, own);
      if (text !== undefined) overlay.set(join(dir, file), text);
    }
    state = { overlay, report: await check(overlay) };
  }
  return state;
}

const openOf = ({ findings }: TemplateReport): readonly Finding[] =>
  findings.filter(({ suppressed }) => suppressed === undefined);

/** Open findings that a change of text can mend, in file order. */
export const fixable = (report: TemplateReport): readonly Finding[] =>
  openOf(report)
    .filter(({ fix }) => fix !== undefined && fix.edits.length > 0)
    .sort(byPlace);

const ownerOf = ({ address }: Finding): string => address.replaceAll(/\[[^\]]*\]/g, '');

/** Fewer errors, else as many and fewer warnings, else fewer notices: mending the grave may uncover the slight behind it. */
function isBetter(after: State, before: State): boolean {
  if (after.report.findings.some(({ rule }) => rule === 'syntax')) return false;
  for (const severity of ['error', 'warning', 'notice'] as const) {
    const [now, then] = [after, before].map(({ report }) => openOf(report).filter((one) => one.severity === severity).length);
    if (now !== then) return (now ?? 0) < (then ?? 0);
  }
  return false;
}

/** A file that `--fix` changes. */
export interface Change {
  /** Absolute. */
  readonly path: string;
  /** As the user would name it. */
  readonly shown: string;
  /** For the diff: relative to the working directory where it lies below it, else without its leading slash. */
  readonly patch: string;
  readonly before: string;
  readonly after: string;
}

/** What the changes say as one diff, which can be applied in the working directory. */
export const diffOf = (changes: readonly Change[]): Pick<Fixed, 'diff' | 'files'> => ({
  files: changes.map(({ shown }) => shown),
  diff: changes.map(({ patch, before, after }) => unifiedDiff(patch, before, after)).join(''),
});

/**
 * Writes the changes, each file at once or not at all; links and permissions stay. UserError, with nothing written, when a file was
 * changed since it was read, leads out of the folders, or is not UTF-8.
 */
export function writeChanges(changes: readonly Change[], roots: readonly string[]): void {
  const refuse = (shown: string, why: string): never => {
    throw new UserError('fix_refused', `${shown} ${why}; nothing was written`, { hint: 'repair it by hand, or try again' });
  };
  const real = changes.map(({ path, shown, before, after }) => {
    const target = realpathSync(path);
    const bytes = readFileSync(target);
    if (!roots.some((root) => isInside(root, target))) refuse(shown, 'is a link out of its template');
    if (!isUtf8(bytes) || bytes.toString('utf8') !== before) refuse(shown, 'has changed since it was read');
    return { target, shown, after };
  });
  for (const { target, shown, after } of real) replaceFile(target, after, shown);
}

/** Writes a text beside its place and moves it there. UserError when the file system refuses. */
export function replaceFile(target: string, text: string, shown = target): void {
  const temporary = `${target}.prebuilds-${String(process.pid)}`;
  try {
    const mode = statSync(target, { throwIfNoEntry: false })?.mode;
    writeFileSync(temporary, text, mode === undefined ? {} : { mode: mode & 0o777 });
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UserError('write_failed', `${shown} cannot be written: ${messageOf(error)}`, {
      hint: 'see whether the folder is writable',
      cause: error,
    });
  }
}
