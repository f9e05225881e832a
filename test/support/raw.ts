import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** 0 = it was closed without an answer. */
  readonly status: number;
  readonly text: string;
}

/** What a server says to these bytes until it closes the connection. */
export function raw(url: string, text: string | Buffer): Promise<RawAnswer> {
  const socket = open(url);
  socket.write(text);
  return answerOf(socket);
}

export function open(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname);
}

export function answerOf(socket: Socket): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A server that refuses may reset what is still being sent.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      const text = String(Buffer.concat(chunks));
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text });
    });
  });
}
