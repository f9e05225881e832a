import { lost } from './lost.ts';
import type { Rule } from './rule.ts';

/** An instance that count makes for the prebuild and not for the claim. */
export const rule: Rule = { id: 'claim/destroy-count', check: (context) => lost(context, 'claim/destroy-count', false) };
