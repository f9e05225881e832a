import { finding, type Rule } from './rule.ts';

/** A file that could not be read in full: what is in the broken part was not looked at. */
export const rule: Rule = {
  id: 'syntax',
  check: ({ configuration }) =>
    configuration.problems.map(({ message, range }) => finding('syntax', { address: '', attribute: '', range, message })),
};
