import type { WorkspaceView } from '../api/app.ts';
import { WORKSPACE_PHASES } from '../domain/types.ts';
import { UserError } from '../kit/errors.ts';
import type { WorkspaceFilter } from '../store/store.ts';

const KEYS = ['owner', 'status', 'template', 'preset', 'name', 'org'] as const;
type Key = (typeof KEYS)[number];
const isKey = (text: string): text is Key => (KEYS as readonly string[]).includes(text);

export interface Search {
  /** What the store can answer of it: nothing that the test lets through is left out. */
  readonly filter: Pick<WorkspaceFilter, 'owner' | 'status' | 'template'>;
  readonly test: (view: WorkspaceView) => boolean;
}

/**
 * The search box of the workspaces list (spec 3): `owner:prebuilds status:ready template:docker "preset:GoLand: Large" free text`. All
 * words must match; `owner:me` is the caller's; free text is looked for in the name; comparison ignores case.
 */
export function parseSearch(search: string, caller: string): Search {
  const words = [...search.matchAll(/"([^"]*)"|(\S+)/g)]
    .map((match) => toWord(match[1] ?? match[2] ?? ''))
    .map((word) => (word.key === 'owner' && word.value === 'me' ? { ...word, value: caller.toLowerCase() } : word));
  const tests = words.map(toTest);
  // SQLite knows upper and lower case of ASCII only; names of users may be anything.
  const valueOf = (wanted: Key) => words.find(({ key, value }) => key === wanted && /^[ -~]*$/.test(value))?.value;
  return {
    filter: { owner: valueOf('owner'), status: valueOf('status'), template: valueOf('template') },
    test: (view) => tests.every((test) => test(view)),
  };
}

interface Word {
  /** undefined = free text. */
  readonly key: Key | undefined;
  readonly value: string;
}

function toWord(word: string): Word {
  const at = word.indexOf(':');
  if (at <= 0) return { key: undefined, value: word.toLowerCase() };
  const key = word.slice(0, at).toLowerCase();
  if (!isKey(key)) throw new UserError('unknown_search_key', `unknown search key "${key}"`, { hint: `use ${KEYS.join(', ')}` });
  const value = word.slice(at + 1).toLowerCase();
  if (key === 'status' && WORKSPACE_PHASES.every((phase) => phase !== value))
    throw new UserError('bad_status', `there is no status "${value}"`, { hint: `use ${WORKSPACE_PHASES.join(', ')}` });
  return { key, value };
}

function toTest({ key, value }: Word): Search['test'] {
  if (key === undefined || key === 'name') return (view) => view.workspace.name.toLowerCase().includes(value);
  return (view) => fieldOf(view, key).toLowerCase() === value;
}

function fieldOf(view: WorkspaceView, key: Exclude<Key, 'name'>): string {
  switch (key) {
    case 'owner':
      return view.workspace.ownerName;
    case 'status':
      return view.workspace.phase;
    case 'template':
      return view.template;
    case 'preset':
      return view.preset ?? '';
    case 'org':
      return view.organization;
  }
}
