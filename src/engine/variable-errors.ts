import { textErrors } from './text-errors.ts';

/** What `console` says of a value that a variable does not take. */
const REFUSED = /^Invalid value for (?:input )?variable$/;
const PLACE = /(?: declared at|This was checked by the validation rule at) ([^\s:]+):(\d+),(\d+)-[\d,-]+/;

/** Values of variables that the engine refuses, one line each with the place of the rule. Other errors are not looked for: a plan says them better. */
export const variableErrors = (stderr: string): readonly string[] =>
  textErrors(stderr).flatMap(({ summary, paragraphs }) => {
    if (!REFUSED.test(summary)) return [];
    const words = paragraphs.join(' ');
    const [, file, line, column] = PLACE.exec(words) ?? [];
    const said = words.replace(PLACE, '').replace(/[\s.]+$/, '');
    return [`${file === undefined ? '' : `${file}:${String(line)}:${String(column)}: `}${summary}: ${said}`];
  });
