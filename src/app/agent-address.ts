import { realpathSync } from 'node:fs';
import { connect } from 'node:net';
import { sha256 } from '../kit/ids.ts';
import { HOME_HEADER, LAST_LINE } from '../server/agent-words.ts';
import { type Address, writeAddress } from './listen.ts';

/** Whose listener an address has: a process of this home, one of another home, some other program, or none. */
export type Holder = 'this home' | 'another home' | 'another program' | 'nobody';

const CONNECT_MS = 1000;
const ANSWER_MS = 3000;

/** What a listener of agents says of its home: nobody learns the path from it. */
export function homeMark(home: string): string {
  let path = home;
  try {
    path = realpathSync(home);
  } catch {
    // A home that is gone has no other name.
  }
  return sha256(path).slice(0, 16);
}

export async function holderOf(address: Address, home: string): Promise<Holder> {
  const open = await connects({ host: isAny(address.host) ? '127.0.0.1' : address.host, port: address.port });
  return open
    ? askWho(`http://${writeAddress({ ...address, host: isAny(address.host) ? '127.0.0.1' : address.host })}`, home)
    : 'nobody';
}

const isAny = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** Asks what loaders ask; only a listener of agents answers with the agent. */
export async function askWho(url: string, home: string): Promise<Exclude<Holder, 'nobody'>> {
  try {
    const answer = await fetch(`${url}/agent/v1/agent.sh`, {
      headers: { [HOME_HEADER]: homeMark(home) },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await answer.text();
    if (!answer.ok || !text.trimEnd().endsWith(LAST_LINE)) return 'another program';
    return answer.headers.get(HOME_HEADER) === homeMark(home) ? 'this home' : 'another home';
  } catch {
    return 'another program';
  }
}

function connects(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...address, timeout: CONNECT_MS });
    const end = (open: boolean) => (): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
