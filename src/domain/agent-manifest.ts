/**
 * The manifest of an agent: a fragment of sh with quoted values, which the agent checks and sources (agent-protocol 4). Everything that
 * comes from a template is a value here; names are checked, ids are ours.
 */

export interface AgentScript {
  /** `[a-z0-9-]+`, made by us: it becomes a file name. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly when: 'start' | 'stop' | 'both';
  /** 0 = no limit. */
  readonly timeoutSeconds: number;
  readonly text: string;
  readonly logPath: string;
}

export interface AgentMeta {
  readonly id: string;
  readonly key: string;
  readonly displayName: string;
  /** 0 = once. */
  readonly everySeconds: number;
  /** 0 = as long as the interval. */
  readonly timeoutSeconds: number;
  readonly text: string;
}

/** What the last apply says about one agent; read from the state when a manifest is asked for, never stored. */
export interface AgentFacts {
  readonly name: string;
  readonly address: string;
  readonly dir: string;
  /** Without order among equal names: each name once. */
  readonly env: Readonly<Record<string, string>>;
  readonly scripts: readonly AgentScript[];
  readonly meta: readonly AgentMeta[];
  /** Values of this workspace that no log may show. */
  readonly secrets: readonly string[];
}

const KIB = 1024;
/** Whole fragment (agent-protocol 3). */
const MOST_BYTES = 1024 * KIB;
/** A longer script has a request of its own. */
const INLINE_BYTES = 64 * KIB;
/** One variable of 128 KiB makes every exec fail. */
const VALUE_BYTES = 120 * KIB;

/** Setting one of these ends a shell, or makes the agent's own unusable (agent-protocol 3). */
const UNUSABLE = new Set(['OPTIND', 'PPID', 'UID', 'EUID', 'SHELLOPTS', 'BASHOPTS', 'BASH_VERSINFO', 'IFS']);

/** Any text as one word of sh. */
export const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * The value of a variable: `$NAME` and `${NAME}` in it stand for what the image has, as Coder's agent reads them (`PATH = "/x:$PATH"`);
 * everything else is literal.
 */
export function quoteValue(value: string): string {
  const parts = value.split(/(\$(?:\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Za-z_][A-Za-z0-9_]*))/);
  return (
    parts.map((part, at) => (at % 2 === 1 ? `"\${${part.replace(/[${}]/g, '')}-}"` : part === '' ? '' : quote(part))).join('') ||
    "''"
  );
}

const bytes = (text: string): number => new TextEncoder().encode(text).length;

const wait = (seconds: number): string => `m_wait=${String(seconds)}\nm_end=1\n`;

/** Not yet: the agent asks again after so many seconds. */
export const waitingManifest = wait;

/** The fragment for one generation. `extra` are variables of the server (names of workspace and owner), below those of the template. */
export function renderManifest(facts: AgentFacts, generation: number, extra: Readonly<Record<string, string>>): string {
  const { lines: variables, warnings } = environment({ ...extra, ...facts.env });
  const head = [`m_gen=${String(generation)}`, `m_dir=${quote(clean(facts.dir))}`, 'm_env() {', ':', ...variables, '}'];
  const meta = facts.meta.map(
    (one) => `m_meta ${one.id} ${whole(one.everySeconds)} ${whole(one.timeoutSeconds)} ${quote(clean(one.text))}`,
  );
  const room = MOST_BYTES - bytes([...head, ...meta, ...warnings].join('\n')) - 64 * KIB;
  const tail = [...meta, ...scripts(facts.scripts, room), ...warnings.map((text) => `m_warn ${quote(text)}`), 'm_end=1', ''];
  return [...head, ...tail].join('\n');
}

/** Text of a script that has a request of its own, with the line that ends it. */
export const renderScript = (script: AgentScript): string => `${clean(script.text)}\n# m_end\n`;

function environment(env: Readonly<Record<string, string>>): { lines: string[]; warnings: string[] } {
  const lines: string[] = [];
  const warnings: string[] = [];
  let room = MOST_BYTES / 2;
  for (const [name, value] of Object.entries(env)) {
    const line = `export ${name}=${quoteValue(value)}`;
    const why = refused(name, value) ?? (bytes(line) > room ? 'there is no room for it' : undefined);
    if (why === undefined) {
      lines.push(line);
      room -= bytes(line);
    } else warnings.push(`the variable ${JSON.stringify(name.slice(0, 80))} is not set: ${why}`);
  }
  return { lines, warnings };
}

function refused(name: string, value: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'this is no name of a variable';
  if (UNUSABLE.has(name) || /^(pb|m)_/.test(name)) return 'shells keep this name for themselves';
  if (value.includes('\0')) return 'its value has a NUL byte';
  return bytes(name) + bytes(value) > VALUE_BYTES ? 'its value is longer than 120 KiB' : undefined;
}

/** The longest go out of the fragment until the rest fits. */
function scripts(all: readonly AgentScript[], room: number): string[] {
  const sizes = new Map(all.map((script) => [script.id, bytes(quote(script.text))]));
  const sizeOf = (script: AgentScript): number => sizes.get(script.id) ?? 0;
  const large = new Set(all.filter((script) => sizeOf(script) > INLINE_BYTES).map((script) => script.id));
  const rest = all.filter((script) => !large.has(script.id)).sort((a, b) => sizeOf(b) - sizeOf(a));
  let used = rest.reduce((sum, script) => sum + sizeOf(script), 0);
  for (const script of rest) {
    if (used <= room) break;
    large.add(script.id);
    used -= sizeOf(script);
  }
  return all.map((script) => {
    const log = script.logPath === '' ? '' : ` ${quote(clean(script.logPath))}`;
    const limit = whole(script.timeoutSeconds);
    if (large.has(script.id)) return `m_large ${script.id} ${script.when} ${limit}${log}`;
    return `m_script ${script.id} ${script.when} ${limit} ${quote(clean(script.text))}${log}`;
  });
}

const whole = (n: number): string => String(Math.max(0, Math.ceil(Number.isFinite(n) ? n : 0)));

/** No shell keeps a NUL. */
const clean = (text: string): string => text.replaceAll('\0', '');
