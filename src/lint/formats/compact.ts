import type { Format } from './format.ts';
import { inOrder } from './order.ts';
import { joined, plain } from './text-tools.ts';

/** `file:line:column: severity: message (rule)`, the form that editors and problem matchers read; suppressed findings are left out. */
export const compact: Format = ({ reports }) =>
  inOrder(reports)
    .flatMap(({ dir, findings }) =>
      findings
        .filter(({ suppressed }) => suppressed === undefined)
        .map(({ range, severity, message, rule }) => {
          const place = `${plain(joined(dir, range.file))}:${String(range.line)}:${String(range.column)}`;
          return `${place}: ${severity}: ${plain(message)} (${rule})\n`;
        }),
    )
    .join('');
