import type { Expr, ObjectEntry } from '../template/syntax/ast.ts';
import type { IgnoreEntry, ResourceDecl } from '../template/syntax/configuration.ts';
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
 * rebuilt for anything else, has instances, or is not written so that an edit is safe.
 */
export function agentMove(outcome: Outcome): AgentMove | undefined {
  const { decl, key, reasons } = outcome;
  if (key !== undefined || decl.block.range.file.endsWith('.json')) return undefined;
  const env = decl.attributes.find((attribute) => attribute.name === 'env')?.expr;
  if (env?.kind !== 'object') return undefined;
  const names = new Set(reasons.map(variableOf));
  if (names.has(undefined)) return undefined;
  const entries = [...names].flatMap((name) => {
    const entry = env.entries.find((one) => one.key.kind === 'literal' && one.key.value === name);
    return name === undefined || entry === undefined ? [] : [{ name, entry }];
  });
  if (entries.length !== names.size || entries.length === 0) return undefined;
  const ignored = entries.map(({ name, entry }) => ({ path: ['env', name], bracketed: [false, true], range: entry.value.range }));
  return { decl, entries, ignored };
}

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
    ? [{ file, start: env.range.start, end: env.range.end, text: '{}' }]
    : entries.map(({ entry }) => ({ file, ...entrySpan(env, entry, source), text: '' }));
  const resources = entries.map(({ name, entry }) => {
    const label = freeName(name.toLowerCase().replace(/[^a-z0-9_]/g, '_'), used);
    const value = source.slice(entry.value.range.start, entry.value.range.end);
    return `\n\nresource "coder_env" "${label}" {\n  agent_id = coder_agent.${decl.name}.id\n  name     = ${JSON.stringify(name)}\n  value    = ${value}\n}`;
  });
  const { end } = decl.block.range;
  return [...removals, { file, start: end, end, text: resources.join('') }];
}

/** What to delete with an entry: its whole line, or its comma. */
function entrySpan(env: Expr & { kind: 'object' }, entry: ObjectEntry, source: string): { start: number; end: number } {
  const { start } = entry.key.range;
  let { end } = entry.value.range;
  const comma = /^[ \t]*,/.exec(source.slice(end, env.range.end));
  if (comma !== null) end += comma[0].length;
  const lineStart = source.lastIndexOf('\n', start - 1) + 1;
  const rest = /^[ \t]*(?:#[^\n]*|\/\/[^\n]*)?\r?\n/.exec(source.slice(end));
  if (lineStart > env.range.start && source.slice(lineStart, start).trim() === '' && rest !== null) {
    return { start: lineStart, end: end + rest[0].length };
  }
  if (comma !== null) return { start, end: end + (/^[ \t]*/.exec(source.slice(end))?.[0].length ?? 0) };
  const before = /,[ \t]*$/.exec(source.slice(env.range.start, start));
  return { start: start - (before?.[0].length ?? 0), end };
}

function freeName(wanted: string, used: Set<string>): string {
  let name = /^[a-z_]/.test(wanted) ? wanted : `env_${wanted}`;
  for (let n = 2; used.has(name); n += 1) name = `${wanted}_${String(n)}`;
  used.add(name);
  return name;
}
