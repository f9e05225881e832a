import type { TemplateReport } from '../model.ts';
import type { FailOn } from '../threshold.ts';

/** What one run of the linter found, after settings, suppressions and baseline. */
export interface LintOutput {
  readonly reports: readonly TemplateReport[];
  /** Configuration files read, each once. */
  readonly files: number;
  /** Entries of the baseline that no finding matched. */
  readonly staleBaseline: number;
  /** What `--fix` did, or would do with `--dry-run`; undefined without it. */
  readonly fixed: Fixed | undefined;
}

export interface Fixed {
  /** Whether files were written. */
  readonly written: boolean;
  /** As the user would name them, in order. */
  readonly files: readonly string[];
  /** Findings that went away. */
  readonly findings: number;
  /** Findings with a fix that was not applied, since the template would not have become better. */
  readonly refused: number;
  /** Unified diff of all files. */
  readonly diff: string;
}

/** Paints text; each function leaves the visible characters as they are. */
export interface Style {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly notice: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly added: (text: string) => string;
  readonly removed: (text: string) => string;
}

const bare = (text: string): string => text;

/** No colours. */
export const PLAIN: Style = {
  error: bare,
  warning: bare,
  notice: bare,
  bold: bare,
  dim: bare,
  added: bare,
  removed: bare,
};

export interface FormatOptions {
  readonly style: Style;
  /** Columns of the terminal; undefined = nothing is wrapped or shortened. */
  readonly width: number | undefined;
  /** The threshold of a template, by its folder as the report names it. */
  readonly failOn: (dir: string) => FailOn;
  /** Of the tool. */
  readonly version: string;
  /** Setting `docs_url`: where the pages of the rules are published. */
  readonly docsUrl: string | undefined;
  /** Text of a rule's page, for formats that carry it; undefined when it is not there. */
  readonly page: (rule: string) => string | undefined;
  /** A file of a template as CI names it: relative to the root of the repository where it lies in it, with `/`. */
  readonly place: (dir: string, file: string) => string;
}

/** Turns the result into text, which ends with a line end unless it is empty. Equal results give equal texts. */
export type Format = (output: LintOutput, options: FormatOptions) => string;
