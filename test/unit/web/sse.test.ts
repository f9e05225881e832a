import { describe, expect, it } from 'vitest';
import { makeEventReader } from '../../../src/web/sse.ts';

const readAll = (...pieces: string[]) => {
  const read = makeEventReader();
  return pieces.flatMap((piece) => read(piece));
};

describe('the reader of event streams', () => {
  it('gives events as they are complete', () => {
    const read = makeEventReader();
    expect(read('event: step\ndata: {"step"')).toEqual([]);
    expect(read(':"one"}\n')).toEqual([]);
    expect(read('\nevent: step\ndata: 2\n\n')).toEqual([
      { event: 'step', data: '{"step":"one"}' },
      { event: 'step', data: '2' },
    ]);
  });

  it('knows comments, several data lines and every end of line, also in the middle', () => {
    expect(readAll(': hello\n\ndata: a\ndata:b\n\n')).toEqual([{ event: 'message', data: 'a\nb' }]);
    expect(readAll('event: x\r', '\ndata: 1\r\n\r', '\n')).toEqual([{ event: 'x', data: '1' }]);
  });

  it('leaves out an event without data, and an unfinished one', () => {
    expect(readAll('event: empty\n\nid: 4\nretry: 5\n\ndata: late')).toEqual([]);
  });
});
