import { relative, resolve, sep } from 'node:path';
import { lintFolders, type LintRequest, type LintResult } from '../../app/lint.ts';
import { replaceFile } from '../../app/lint/fix.ts';
import { unknownRule } from '../../app/lint/request.ts';
import { readPage } from '../../app/lint/rule-page.ts';
import { repositoryRoot } from '../../app/lint/settings-file.ts';
import { UserError } from '../../kit/errors.ts';
import { FORMATS, type FormatName } from '../../lint/formats/index.ts';
import { PLAIN, type FormatOptions, type Style } from '../../lint/formats/format.ts';
import { summaryOf } from '../../lint/formats/order.ts';
import { isRule, ruleInfo, RULES } from '../../lint/rule-index.ts';
import type { FailOn } from '../../lint/threshold.ts';
import type { Context } from '../context.ts';
import type { Handler } from '../handler.ts';
import type { Options } from '../options.ts';
import { count } from '../render/text.ts';
import { version } from '../version.ts';

/** `lint [DIR...]`: needs neither home nor engine. */
export const lint: Handler = async (context, dirs, options) => {
  const rule = options.text('explain');
  if (rule !== undefined) {
    explain(context, rule);
    return undefined;
  }
  if (options.flag('rules')) {
    list(context);
    return undefined;
  }
  const format = formatOf(context, options);
  const request = requestOf(context, dirs, options);
  const result = await lintFolders(request);
  print(context, result, request, format, options.text('output'));
  for (const note of result.notes) context.note(note);
  return result.exitCode === 0 ? undefined : result.exitCode;
};

function formatOf({ globals }: Context, options: Options): FormatName {
  const named = options.text('format');
  if (!globals.json) return (named ?? 'text') as FormatName;
  if (named === undefined || named === 'json') return 'json';
  throw new UserError('usage', `--json and --format ${named} contradict each other`, { hint: 'leave one of them out' });
}

function requestOf(context: Context, dirs: readonly string[], options: Options): LintRequest {
  return {
    dirs,
    cwd: process.cwd(),
    recursive: options.flag('recursive'),
    onlyPrebuilds: options.flag('onlyPrebuilds'),
    fix: options.flag('dryRun') ? 'dry-run' : options.flag('fix') ? 'write' : 'no',
    baseline: options.text('baseline'),
    updateBaseline: options.flag('updateBaseline'),
    since: options.text('since'),
    strictSyntax: options.flag('strictSyntax'),
    only: options.list('only'),
    disable: options.list('disable'),
    inlineIgnores: options.flag('inlineIgnores'),
    failOn: options.text('failOn') as FailOn | undefined,
    today: new Date(context.now).toISOString().slice(0, 10),
  };
}

function print(context: Context, result: LintResult, request: LintRequest, format: FormatName, file: string | undefined): void {
  const { io } = context.outside;
  const options: FormatOptions = {
    style: file === undefined ? styleOf(context) : PLAIN,
    width: file === undefined ? io.outColumns : undefined,
    failOn: result.failOn,
    version,
    docsUrl: result.docsUrl,
    page: (rule) => (isRule(rule) ? readPage(ruleInfo(rule).page) : undefined),
    place: placeIn(request.cwd),
  };
  // A dry run for people is its diff, which `git apply` can read.
  const text = request.fix === 'dry-run' && format === 'text' ? (result.fixed?.diff ?? '') : FORMATS[format](result, options);
  if (file === undefined) io.out(text);
  else {
    replaceFile(resolve(request.cwd, file), text, file);
    context.note(`${count(summaryOf(result).findings, 'finding')}; wrote ${file}`);
  }
  if (result.fixed?.written === true) context.note(`repaired ${result.fixed.files.join(', ')}`);
}

/** Relative to the root of the repository around the working directory; absolute for what lies outside. */
function placeIn(cwd: string): FormatOptions['place'] {
  const root = repositoryRoot(cwd) ?? cwd;
  return (dir, file) => {
    const path = resolve(cwd, dir, file);
    const inside = relative(root, path).split(sep).join('/');
    return inside === '..' || inside.startsWith('../') ? path.split(sep).join('/') : inside;
  };
}

const styleOf = ({ style }: Context): Style => ({
  error: style.red,
  warning: style.yellow,
  notice: style.cyan,
  bold: style.bold,
  dim: style.dim,
  added: style.green,
  removed: style.red,
});

function explain(context: Context, word: string): void {
  if (!isRule(word)) throw unknownRule(word);
  const rule = ruleInfo(word);
  const page = readPage(rule.page);
  if (page === undefined) {
    throw new UserError('page_missing', `the page of ${word} is not installed`, { hint: `it is ${rule.page} of the sources` });
  }
  context.answer({ rule: rule.id, severity: rule.severity, summary: rule.summary, page }, () => page);
}

function list(context: Context): void {
  context.answer(
    RULES.map(({ id, severity, summary }) => ({ rule: id, severity, summary })),
    () =>
      context.table(
        [{ head: 'RULE' }, { head: 'SEVERITY' }, { head: 'WHAT' }],
        RULES.map(({ id, severity, summary }) => [id, severity, summary]),
      ),
  );
}
