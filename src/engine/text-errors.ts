/** One error of the engine's plain text. */
export interface TextError {
  readonly summary: string;
  /** The paragraphs that explain it, one line each, without the frame that shows lines of files. */
  readonly paragraphs: readonly string[];
  /** `main.tf:7`, where the text says `on main.tf line 7`. */
  readonly place: string | undefined;
}

const FRAME = /^on (\S+) line (\d+)/;

/** The errors of commands that have no JSON form (`init`, `console`), in order. Frames are left out: they may show values of variables. */
export function textErrors(text: string): readonly TextError[] {
  const found: Open[] = [];
  let open: Open | undefined;
  for (const paragraph of paragraphsOf(text)) {
    const head = /^(Error|Warning): (.*)$/s.exec(paragraph);
    if (head === null) {
      if (open !== undefined) add(open, paragraph);
      continue;
    }
    open = head[1] === 'Error' ? { summary: oneLine(head[2] ?? ''), paragraphs: [], place: undefined } : undefined;
    if (open !== undefined) found.push(open);
  }
  return found;
}

interface Open {
  readonly summary: string;
  readonly paragraphs: string[];
  place: string | undefined;
}

function add(open: Open, paragraph: string): void {
  const [frame, file, line] = FRAME.exec(paragraph) ?? [];
  if (frame === undefined) open.paragraphs.push(oneLine(paragraph));
  else open.place ??= `${file ?? ''}:${line ?? ''}`;
}

function paragraphsOf(text: string): readonly string[] {
  return text
    .replace(/\u001b\[[0-9;]*m/g, '')
    .split('\n')
    .map((line) => line.replace(/^[│╷╵]\s?/, '').trimEnd())
    .join('\n')
    .split(/\n(?:\s*\n)+/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
