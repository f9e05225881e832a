/** Lines of context around a change. */
const CONTEXT = 3;
/** Above this many cells of comparison a changed part is shown as a whole. */
const MOST_CELLS = 4_000_000;

interface Line {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** The difference of two texts as a unified diff that `git apply` takes; empty when they are equal. `path` is relative, with `/`. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const lines = compare(splitLines(before), splitLines(after));
  return `--- a/${path}\n+++ b/${path}\n${hunks(lines).join('')}`;
}

/** The changed lines of two texts alone, without context: for a small diff in a report. `line` is that of the first one in `before`. */
export function changedLines(before: string, after: string): { readonly line: number; readonly lines: readonly string[] } {
  const lines = compare(splitLines(before), splitLines(after));
  const first = lines.findIndex(({ sign }) => sign !== ' ');
  return {
    line: first + 1,
    lines: lines.filter(({ sign }) => sign !== ' ').map(({ sign, text }) => `${sign}${text.replace(/\r?\n$/, '')}`),
  };
}

/** With their line ends, so that a changed one shows. */
const splitLines = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

function compare(a: readonly string[], b: readonly string[]): readonly Line[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const same = (text: string): Line => ({ sign: ' ', text });
  return [
    ...a.slice(0, head).map(same),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map(same),
  ];
}

/** By the longest common subsequence. */
function middle(a: readonly string[], b: readonly string[]): readonly Line[] {
  const removed = a.map((text): Line => ({ sign: '-', text }));
  const added = b.map((text): Line => ({ sign: '+', text }));
  if (a.length === 0 || b.length === 0 || a.length * b.length > MOST_CELLS) return [...removed, ...added];
  const longest = commonLengths(a, b);
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  for (let sign = nextSign(); sign !== undefined; sign = nextSign()) {
    lines.push({ sign, text: (sign === '+' ? b[j] : a[i]) ?? '' });
    if (sign !== '+') i += 1;
    if (sign !== '-') j += 1;
  }
  return [...lines, ...removed.slice(i), ...added.slice(j)];

  function nextSign(): Line['sign'] | undefined {
    if (i >= a.length || j >= b.length) return undefined;
    if (a[i] === b[j]) return ' ';
    return longest(i + 1, j) >= longest(i, j + 1) ? '-' : '+';
  }
}

/** Length of the longest common subsequence of the rests from `i` of `a` and from `j` of `b`. */
function commonLengths(a: readonly string[], b: readonly string[]): (i: number, j: number) => number {
  const width = b.length + 1;
  const best = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => best[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      best[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  return at;
}

function hunks(lines: readonly Line[]): readonly string[] {
  const shown = lines.map(() => false);
  for (const [at, { sign }] of lines.entries())
    if (sign !== ' ') shown.fill(true, Math.max(0, at - CONTEXT), Math.min(lines.length, at + CONTEXT + 1));
  const texts: string[] = [];
  let [oldLine, newLine] = [1, 1];
  let at = 0;
  while (at < lines.length) {
    const from = at;
    while (at < lines.length && shown[at] === shown[from]) at += 1;
    const part = lines.slice(from, at);
    const oldCount = part.filter(({ sign }) => sign !== '+').length;
    const newCount = part.filter(({ sign }) => sign !== '-').length;
    if (shown[from] === true)
      texts.push(`@@ -${span(oldLine, oldCount)} +${span(newLine, newCount)} @@\n${part.map(write).join('')}`);
    oldLine += oldCount;
    newLine += newCount;
  }
  return texts;
}

/** An empty part is named by the line before it. */
const span = (line: number, count: number): string =>
  count === 1 ? String(line) : `${String(count === 0 ? line - 1 : line)},${String(count)}`;

const write = ({ sign, text }: Line): string =>
  text.endsWith('\n') ? `${sign}${text}` : `${sign}${text}\n\\ No newline at end of file\n`;
