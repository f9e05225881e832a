import { lost } from './lost.ts';
import type { Rule } from './rule.ts';

/** A key of for_each that differs: the old instance is destroyed, and another is made under the new key. */
export const rule: Rule = { id: 'claim/foreach-key', check: (context) => lost(context, 'claim/foreach-key', true) };
