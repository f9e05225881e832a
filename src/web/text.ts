/** What a terminal would obey: colours, cursor, titles. Whole sequences go, not only their first byte. */
const SEQUENCES =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~])?|\u009b[0-?]*[ -/]*[@-~]/g;
/** Control characters, and those that turn the direction of what follows, so that a name reads as another one. */
const INVISIBLE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Text of templates, people and engines as it may be shown: one line of visible characters. The page never makes markup of it. */
export const clean = (text: string): string => text.replace(SEQUENCES, '').replace(INVISIBLE, ' ').trimEnd();

/** `3 prebuilds`, `1 prebuild`. */
export const counted = (n: number, noun: string): string => `${String(n)} ${noun}${n === 1 ? '' : 's'}`;

/** `template/preset`, as pools are named. */
export const poolName = (pool: { readonly template: string; readonly preset: string }): string =>
  `${clean(pool.template)}/${clean(pool.preset)}`;
