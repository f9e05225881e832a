import type { Expr, ObjectEntry } from '../template/syntax/ast.ts';
import type { IgnoreEntry, ModuleSource, ResourceDecl } from '../template/syntax/configuration.ts';
import { isPlain, lineStartOf, skipBetween, skipBlanks, skipOnLine } from './fix-text.ts';
import type { Edit, Fix } from './model.ts';
import type { Outcome, Reason } from './plan/second.ts';

/** What is to be taken out of an agent so that a claim does not rebuild it (L 2.2). */
export interface AgentMove {
  readonly decl: ResourceDecl;
  readonly entries: readonly { readonly name: string; readonly entry: ObjectEntry }[];
  /** The same for the analysis: as if these variables did not matter. */
  readonly ignored: readonly IgnoreEntry[];
}

/**
 * The variables to move out of a rebuilt agent's `env` into `coder_env` resources, which nothing reads. Undefined when the agent is
 * rebuilt for anything else, has instances, is not written so that an edit is safe, or its `env` is read.
 */
export function agentMove(outcome: Outcome): AgentMove | undefined {
  const { decl, key, reasons, module } = outcome;
  if (key !== undefined || decl.block.range.file.endsWith('.json') || readsEnv(module.source, decl)) return undefined;
  const env = decl.attributes.find((attribute) => attribute.name === 'env')?.expr;
  if (env?.kind !== 'object') return undefined;
  const names = new Set(reasons.map(variableOf));
  if (names.has(undefined)) return undefined;
  const entries = [...names].flatMap((name) => {
    const [entry, ...more] = env.entries.filter((one) => one.key.kind === 'literal' && one.key.value === name);
    return name === undefined || entry === undefined || more.length > 0 || !isPlain(name) ? [] : [{ name, entry }];
  });
  if (entries.length !== names.size || entries.length === 0) return undefined;
  const ignored = entries.map(({ name, entry }) => ({ path: ['env', name], bracketed: [false, true], range: entry.value.range }));
  return { decl, entries, ignored };
}

/** Whether the module reads the agent's `env`: what is moved out of it would be missing there. */
const readsEnv = ({ files }: ModuleSource, { name }: ResourceDecl): boolean =>
  files.some(({ text }) => new RegExp(`\\bcoder_agent\\.${name}(?:\\.env\\b|\\["env"\\])`).test(text));

/** The variable of `env` that a reason is about; undefined for anything else. */
function variableOf(reason: Reason): string | undefined {
  const [attribute, name, ...rest] = reason.kind === 'difference' ? reason.difference.path : [];
  return attribute === 'env' && typeof name === 'string' && rest.length === 0 ? name : undefined;
}

/** The edits: the entries leave `env`, and a `coder_env` for each follows the agent. `taken` are names of existing `coder_env`s. */
export function agentFix(moves: readonly AgentMove[], sources: ReadonlyMap<string, string>, taken: ReadonlySet<string>): Fix {
  const used = new Set(taken);
  const edits = moves.flatMap((move) => {
    const { file } = move.decl.block.range;
    const source = sources.get(file);
    return source === undefined ? [] : moveEdits(move, file, source, used);
  });
  const what = moves
    .map(
      ({ decl, entries }) => `${entries.map(({ name }) => `\`${name}\``).join(', ')} out of the env of coder_agent.${decl.name}`,
    )
    .join(' and ');
  return { description: `move ${what} into coder_env resources, so that the agent is not rebuilt`, edits };
}

function moveEdits({ decl, entries }: AgentMove, file: string, source: string, used: Set<string>): readonly Edit[] {
  const env = decl.attributes.find((attribute) => attribute.name === 'env')?.expr;
  if (env?.kind !== 'object') return [];
  const all = env.entries.length === entries.length;
  const removals = all
    ? [{ start: env.range.start, end: env.range.end, text: '{}' }]
    : runsOf(env, new Set(entries.map(({ entry }) => entry)), source).map((run) => ({ ...spanOf(run, env, source), text: '' }));
  const resources = entries.map(({ name, entry }) => {
    const label = freeName(name.toLowerCase().replace(/[^a-z0-9_]/g, '_'), used);
    const value = source.slice(entry.value.range.start, entry.value.range.end).replace(/^"\$\{([\w.[\]-]+)\}"$/, '$1');
    return `\n\nresource "coder_env" "${label}" {\n  agent_id = coder_agent.${decl.name}.id\n  name     = ${JSON.stringify(name)}\n  value    = ${value}\n}`;
  });
  const { end } = decl.block.range;
  return [...removals, { start: end, end, text: resources.join('') }].map((edit) => ({ file, ...edit }));
}

/** Neighbouring entries of one line that are to be deleted, with the end of what stands before them: an entry or the opening brace. */
interface Run {
  readonly before: number;
  readonly start: number;
  readonly end: number;
}

function runsOf(env: Expr & { kind: 'object' }, wanted: ReadonlySet<ObjectEntry>, source: string): readonly Run[] {
  const runs: Run[] = [];
  let before = env.range.start + 1;
  for (const entry of env.entries) {
    const start = startOf(entry, source);
    const { end } = entry.value.range;
    const last = runs.at(-1);
    if (wanted.has(entry)) {
      const joins = last?.end === before && !source.slice(before, start).includes('\n');
      if (joins) runs[runs.length - 1] = { ...last, end };
      else runs.push({ before, start, end });
    }
    before = end;
  }
  return runs;
}

/** Of its key, parentheses around that included. */
function startOf({ key }: ObjectEntry, source: string): number {
  const open = /(?:\([ \t]*)*$/.exec(source.slice(0, key.range.start));
  return key.range.start - (open?.[0].length ?? 0);
}

/** What to delete with a run: its whole line with its comments, or the comma that has become idle. */
function spanOf({ before, start, end }: Run, env: Expr & { kind: 'object' }, source: string): { start: number; end: number } {
  const comma = skipOnLine(source, end);
  const hasComma = source[comma] === ',';
  const afterComma = hasComma ? comma + 1 : end;
  const rest = skipOnLine(source, afterComma);
  const newline = /^\r?\n/.exec(source.slice(rest, rest + 2))?.[0];
  const lineStart = lineStartOf(source, start);
  const ownLine = lineStart > env.range.start && source.slice(lineStart, start).trim() === '';
  if (ownLine)
    return newline === undefined
      ? { start, end: skipBlanks(source, afterComma) }
      : { start: lineStart, end: rest + newline.length };
  const idle = !hasComma && before > env.range.start + 1;
  const from = idle ? skipBetween(source, before) : start;
  if (newline === undefined) return { start: from, end: idle ? end : skipBlanks(source, afterComma) };
  return { start: idle ? from : start - indentBefore(source, start), end: rest };
}

const indentBefore = (source: string, at: number): number => /[ \t]*$/.exec(source.slice(0, at))?.[0].length ?? 0;

function freeName(wanted: string, used: Set<string>): string {
  const base = /^[a-z_]/.test(wanted) ? wanted : `env_${wanted}`;
  let name = base;
  for (let n = 2; used.has(name); n += 1) name = `${base}_${String(n)}`;
  used.add(name);
  return name;
}
