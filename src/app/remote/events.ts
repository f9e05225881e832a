/** One event of an event stream. */
export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Reads `text/event-stream` as our server writes it: one `event` and one line of JSON `data` each. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parse(block);
      if (event !== undefined) yield event;
    }
  }
}

/** undefined = a comment, which only says that the stream lives. */
function parse(block: string): StreamEvent | undefined {
  let event = 'message';
  let data: string | undefined;
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) event = line.slice('event: '.length);
    if (line.startsWith('data: ')) data = line.slice('data: '.length);
  }
  return data === undefined ? undefined : { event, data: JSON.parse(data) as unknown };
}
