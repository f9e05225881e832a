import type { App } from '../../api/app.ts';
import { systemClock } from '../../kit/clock.ts';
import { UserError } from '../../kit/errors.ts';
import { systemIds } from '../../kit/ids.ts';
import { isLoopback } from '../../server/http/guards.ts';
import { createRemoteApp } from './app.ts';

export interface RemoteInput {
  /** PREBUILDS_URL. */
  readonly url: string;
  /** PREBUILDS_TOKEN. */
  readonly token: string | undefined;
  readonly organization: string | undefined;
  /** Told what should not stay as it is. */
  readonly warn: (text: string) => void;
}

/** The application of the server at this address; nothing is asked before the first question. */
export function connectTo({ url, token, organization, warn }: RemoteInput): App {
  const address = addressOf(url);
  if (address.protocol === 'http:' && !isLoopback({ host: address.hostname })) {
    warn(`PREBUILDS_URL is http: whoever is on the way to ${address.hostname} can read the token`);
  }
  return createRemoteApp({ url: address.origin, token, organization, clock: systemClock, ids: systemIds });
}

function addressOf(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  const fault = faultOf(url, address);
  if (address !== undefined && fault === undefined) return address;
  throw new UserError('bad_url', `PREBUILDS_URL is not the address of a server: ${fault ?? 'it cannot be read'}`, {
    hint: 'write it as https://prebuilds.example.com or http://127.0.0.1:7781',
  });
}

/** What is wrong with an address. It may hold a password, so it is only repeated where it has no place for one. */
function faultOf(url: string, address: URL | undefined): string | undefined {
  if (!/^https?:\/\//i.test(url.trim())) return 'it does not begin with http:// or https://';
  if (address === undefined) return 'it cannot be read';
  if (address.username !== '' || address.password !== '')
    return 'it holds a name or a password; the token belongs into PREBUILDS_TOKEN';
  if (address.search !== '' || address.hash !== '') return 'it goes on after the port';
  const isRoot = ['/', '/api/v1', '/api/v1/'].includes(address.pathname);
  return isRoot ? undefined : `it has the path ${address.pathname}, and a server is reached without one`;
}
