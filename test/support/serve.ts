import type { ChildProcess } from 'node:child_process';
import { until, type Sandbox } from './cli.ts';

export interface Served {
  readonly child: ChildProcess;
  readonly url: string;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly text: string }>;
}

/** Starts `serve` on a free port of this machine and waits until it listens. */
export async function startServe(box: Sandbox, ...args: readonly string[]): Promise<Served> {
  const before = urls(box).length;
  const child = box.start('serve', '--listen', '127.0.0.1:0', ...args);
  const url = await until('serve to listen', () => {
    if (child.exitCode !== null) throw new Error(`serve ended with ${String(child.exitCode)}\n${box.log()}`);
    return urls(box)[before];
  });
  return {
    child,
    url,
    get: async (path, headers = {}) => {
      const answer = await fetch(`${url}${path}`, { headers });
      return { status: answer.status, text: await answer.text() };
    },
  };
}

const urls = (box: Sandbox): readonly string[] =>
  [...box.log().matchAll(/serve: listening url=(\S+)/g)].map(([, url]) => url ?? '');
