import type { WorkspaceView } from './api.ts';
import { UserError } from '../kit/errors.ts';

const KEYS = ['owner', 'status', 'template', 'preset', 'name'] as const;
type Key = (typeof KEYS)[number];
const isKey = (text: string): text is Key => (KEYS as readonly string[]).includes(text);

/**
 * The search box of the workspaces list (spec 3): `owner:prebuilds status:ready template:docker "preset:GoLand: Large" free text`. All
 * words must match; free text is looked for in the name; comparison ignores case.
 */
export function parseSearch(search: string): (view: WorkspaceView) => boolean {
  const words = [...search.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
  const tests = words.map(toTest);
  return (view) => tests.every((test) => test(view));
}

function toTest(word: string): (view: WorkspaceView) => boolean {
  const at = word.indexOf(':');
  if (at <= 0) return (view) => view.workspace.name.toLowerCase().includes(word.toLowerCase());
  const key = word.slice(0, at).toLowerCase();
  const value = word.slice(at + 1).toLowerCase();
  if (!isKey(key)) throw new UserError('unknown_search_key', `unknown search key "${key}"`, { hint: `use ${KEYS.join(', ')}` });
  return (view) =>
    fieldOf(view, key).toLowerCase() === value || (key === 'name' && fieldOf(view, key).toLowerCase().includes(value));
}

function fieldOf(view: WorkspaceView, key: Key): string {
  switch (key) {
    case 'owner':
      return view.workspace.ownerName;
    case 'status':
      return view.workspace.phase;
    case 'template':
      return view.template;
    case 'preset':
      return view.preset ?? '';
    case 'name':
      return view.workspace.name;
  }
}
