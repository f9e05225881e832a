import type { Build, Workspace, WorkspacePhase } from '../domain/types.ts';
import type { Tone } from './pool-words.ts';

const TONES: Readonly<Record<WorkspacePhase, Tone>> = {
  queued: 'busy',
  provisioning: 'busy',
  warming: 'busy',
  ready: 'good',
  claiming: 'busy',
  stopping: 'busy',
  stopped: 'off',
  failed: 'bad',
  quarantined: 'bad',
  deleting: 'busy',
  deleted: 'off',
};

export const phaseTone = (phase: WorkspacePhase): Tone => TONES[phase];

/** What a rehearsal said a claim would do. */
export function safetyOf({ claimSafety }: Pick<Workspace, 'claimSafety'>): { readonly tone: Tone; readonly word: string } {
  switch (claimSafety) {
    case 'safe':
      return { tone: 'good', word: 'rebuilds nothing' };
    case 'unsafe':
      return { tone: 'warn', word: 'would rebuild' };
    case 'unknown':
      return { tone: 'off', word: 'not known' };
  }
}

const BUILD_TONES: Readonly<Record<Build['state'], Tone>> = {
  queued: 'busy',
  planning: 'busy',
  planned: 'busy',
  applying: 'busy',
  verifying: 'busy',
  succeeded: 'good',
  failed: 'bad',
  canceled: 'off',
};

export const buildTone = (state: Build['state']): Tone => BUILD_TONES[state];

/** What a build does: `create` and `claim` are the stages of a start. */
export const verbOf = ({ transition, stage }: Pick<Build, 'transition' | 'stage'>): string =>
  stage === 'none' ? transition : stage;

/** Keys of the search box and what may stand behind them. */
export const SEARCH_KEYS = ['owner:', 'status:', 'template:', 'preset:', 'name:'] as const;

/** The words of a search with one of a key put in the place of others of that key; without a value it is taken out. */
export function withWord(search: string, key: string, value: string): string {
  const words = (search.match(/"[^"]*"|\S+/g) ?? []).filter((word) => !bare(word).toLowerCase().startsWith(key));
  if (value === '') return words.join(' ');
  const word = `${key}${value}`;
  return [...words, /\s/.test(word) ? `"${word}"` : word].join(' ');
}

/** Whether a search has this word. */
export const hasWord = (search: string, word: string): boolean =>
  (search.match(/"[^"]*"|\S+/g) ?? []).some((one) => bare(one).toLowerCase() === word.toLowerCase());

const bare = (word: string): string => word.replace(/^"|"$/g, '');
