import { z } from 'zod';
import { nearest } from '../domain/nearest.ts';
import type { TypeFacts } from './facts/facts.ts';
import type { RuleId } from './model.ts';
import { isFixed, RULES, rulesOf } from './rule-index.ts';
import { readYaml } from './settings-text.ts';
import type { Level, Settings } from './settings-model.ts';
import { globMatcher } from './glob.ts';

const level = z.enum(['error', 'warning', 'notice', 'off'], { error: 'must be error, warning, notice or off' });

/** An id of a rule, or a family such as `ignore/*`. */
const ruleName = z.string().superRefine((name, context) => {
  const rules = rulesOf(name);
  if (rules === undefined) {
    const close = nearest(
      name,
      RULES.map(({ id }) => id),
    );
    const rest = close === undefined ? '; prebuilds lint --rules lists them' : `; did you mean \`${close}\`?`;
    context.addIssue({ code: 'custom', message: `is not a rule${rest}` });
  } else if (rules.some(isFixed)) {
    context.addIssue({ code: 'custom', message: 'is always an error: a template that cannot be read is never clean' });
  }
});

const rules = z.record(ruleName, level);
const globs = z.array(z.string().min(1)).min(1);
const paths = z.array(z.string().regex(/^[a-z][\w.]*$/, 'must be a dotted path of an attribute, without indexes'));

const facts = z.strictObject({
  sdk: z.enum(['sdkv2', 'framework']).optional(),
  force_new: paths.optional(),
  force_new_block_count: paths.optional(),
  conditional: z.array(z.string()).optional(),
  update_in_place: paths.optional(),
  disruptive_in_place: z.array(z.string()).optional(),
  sets: paths.optional(),
  constant: paths.optional(),
  when_true: z.record(z.string(), z.string()).optional(),
  notes: z.string().optional(),
  read_from: z.string().optional(),
});

const schema = z.strictObject({
  extends: z.union([z.string().min(1), globs], { error: 'must be a file or a list of files' }).optional(),
  rules: rules.optional(),
  overrides: z.array(z.strictObject({ paths: globs, rules })).optional(),
  ignore: globs.optional(),
  facts: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/, 'is not a resource type'), facts).optional(),
  fail_on: z.enum(['error', 'warning', 'notice', 'never'], { error: 'must be error, warning, notice or never' }).optional(),
  docs_url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
});

type SettingsFile = z.infer<typeof schema>;

/** Reads the text of one settings file. UserError with `file:line` for the first thing that is wrong. */
export const parseSettings = (text: string, file: string): SettingsFile => readYaml(text, file, schema);

/** The files that a settings file builds on, as written. */
export const extendedFiles = ({ extends: named }: SettingsFile): readonly string[] =>
  named === undefined ? [] : typeof named === 'string' ? [named] : named;

/**
 * Settings from files in rising order of weight, each with the folder its patterns are relative to (absolute, with `/`): later ones win
 * rule by rule and type by type, while overrides and ignored paths add up.
 */
export function mergeSettings(files: readonly { readonly folder: string; readonly content: SettingsFile }[]): Settings {
  const levels = new Map<RuleId, Level>();
  const types: Record<string, TypeFacts> = {};
  for (const { content } of files) {
    for (const [rule, value] of levelsOf(content.rules ?? {})) levels.set(rule, value);
    for (const [type, one] of Object.entries(content.facts ?? {})) types[type] = one;
  }
  return {
    levels,
    overrides: files.flatMap(({ folder, content }) =>
      (content.overrides ?? []).map((one) => ({ matches: matcher(folder, one.paths), levels: levelsOf(one.rules) })),
    ),
    ignores: anyOf(files.flatMap(({ folder, content }) => (content.ignore ?? []).map((glob) => matcher(folder, [glob])))),
    facts: types,
    failOn: files.findLast(({ content }) => content.fail_on !== undefined)?.content.fail_on,
    docsUrl: files.findLast(({ content }) => content.docs_url !== undefined)?.content.docs_url,
  };
}

/** Families first, so that a rule's own line wins wherever it stands. */
function levelsOf(written: Readonly<Record<string, Level>>): ReadonlyMap<RuleId, Level> {
  const entries = Object.entries(written).sort(([a], [b]) => Number(b.endsWith('/*')) - Number(a.endsWith('/*')));
  return new Map(entries.flatMap(([name, value]) => (rulesOf(name) ?? []).map((rule) => [rule, value] as const)));
}

const anyOf =
  (matchers: readonly ((path: string) => boolean)[]) =>
  (path: string): boolean =>
    matchers.some((matches) => matches(path));

/** Of absolute paths; one outside the folder matches nothing. */
function matcher(folder: string, patterns: readonly string[]): (path: string) => boolean {
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  const matches = anyOf(patterns.map(globMatcher));
  return (path) => path.startsWith(prefix) && matches(path.slice(prefix.length));
}
