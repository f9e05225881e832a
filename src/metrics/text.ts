import type { Family, Sample } from './family.ts';

/** Prometheus text format 0.0.4; every line ends with a line feed, the last one too. */
export const formatFamilies = (families: readonly Family[]): string => families.map(formatFamily).join('');

function formatFamily({ name, type, help, samples }: Family): string {
  const head = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
  return head + samples.map((sample) => `${name}${formatSample(sample)}\n`).join('');
}

function formatSample({ suffix, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${String(value)}`;
}

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
/** Almost no label has anything to escape, and a scrape has tens of thousands of them. */
const escapeLabel = (text: string): string => (/[\\\n"]/.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text);
