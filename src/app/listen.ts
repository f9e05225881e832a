import { UserError } from '../kit/errors.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`; an IPv6 address stands in brackets. */
export const ADDRESS = /^([^\s/:[\]]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/;

/** Reads what ADDRESS matches; UserError with the `name` of the setting otherwise. */
export function readAddress(text: string, name: string): Address {
  const [, host = '', port = ''] = ADDRESS.exec(text) ?? [];
  if (host !== '' && Number(port) <= 65_535) return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  throw new UserError('bad_address', `${name}: "${text}" is no address`, { hint: 'write HOST:PORT, such as 127.0.0.1:7781' });
}

/** The opposite of readAddress. */
export const writeAddress = ({ host, port }: Address): string => `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
