import { MAX_PROBLEMS, report, type Reading } from './reading.ts';
import type { Fault } from './tree.ts';

const NAMES: Readonly<Record<string, string>> = {
  block_end: 'a closing brace }',
  object_end: 'a closing brace }',
  tuple_end: 'a closing bracket ]',
  quoted_template_end: 'a closing quote',
  template_interpolation_end: 'a closing brace } of ${',
  template_directive_end: 'a closing brace } of %{',
  object_start: 'an opening brace {',
  identifier: 'a name or a value',
  heredoc_identifier: 'the marker of the heredoc',
};

/** Reports what the grammar could not read. */
export function reportFaults(reading: Reading, faults: readonly Fault[]): void {
  for (const fault of faults.slice(0, MAX_PROBLEMS)) {
    const { start, end } = fault.node;
    // What is missing is missing after the last word before it.
    const last = fault.missing === undefined ? start : Math.max(0, reading.text.slice(0, start).trimEnd().length - 1);
    report(reading, describe(reading, fault, last + 1), last, Math.max(end === start ? 0 : end, last + 1));
  }
}

function describe(reading: Reading, { node, missing }: Fault, place: number): string {
  const text = reading.text.slice(node.start, Math.min(node.end, node.start + 200)).trim();
  const before = reading.text.slice(Math.max(0, place - 200), place);
  const valueless = /(?:^|\n)[^\S\n]*([\w-]+)[^\S\n]*=$/.exec(missing === 'identifier' ? before : text)?.[1];
  if (valueless !== undefined) return `${valueless} has no value`;
  if (missing !== undefined) return `${NAMES[missing] ?? missing} is missing`;
  const [line = ''] = text.split('\n', 1);
  if (line === '') return 'something is missing here';
  return `this cannot be read: ${line.length > 40 ? `${line.slice(0, 40)}...` : line}`;
}
