/** One event of a `text/event-stream`. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** Reads an event stream that comes in pieces; gives the events that each piece completes. */
export function makeEventReader(): (piece: string) => readonly StreamEvent[] {
  let rest = '';
  let event = 'message';
  let data: string[] = [];
  const found: StreamEvent[] = [];
  const line = (text: string): void => {
    if (text === '') {
      if (data.length > 0) found.push({ event, data: data.join('\n') });
      event = 'message';
      data = [];
      return;
    }
    const at = text.indexOf(':');
    const field = at < 0 ? text : text.slice(0, at);
    const value = at < 0 ? '' : text.slice(at + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  };
  return (piece) => {
    // The first half of CR LF may end a piece: it waits for the next one.
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    lines.forEach(line);
    return found.splice(0);
  };
}
