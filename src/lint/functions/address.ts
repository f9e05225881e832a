import { fail } from './call.ts';

/** A network: an address, of which the first `prefix` bits count. */
export interface Network {
  readonly address: bigint;
  /** Length of an address: 32 or 128. */
  readonly bits: number;
  readonly prefix: number;
}

/** Throws EvaluationError when the text is none. */
export function networkOf(text: string): Network {
  const [host = '', prefix = '', ...more] = text.split('/');
  const address = addressOf(host);
  if (more.length > 0 || !/^\d+$/.test(prefix) || Number(prefix) > address.bits) fail(`${text} is no network`);
  return masked({ ...address, prefix: Number(prefix) });
}

export function addressOf(text: string): { readonly address: bigint; readonly bits: number } {
  if (!text.includes(':')) return { address: version4(text), bits: 32 };
  // The last 32 bits may be written as an address of version 4.
  const tail = /^(.*:)([\d.]+\.[\d.]+)$/.exec(text);
  const old = tail === null ? 0n : version4(tail[2] ?? '');
  const groups = tail === null ? text : `${tail[1] ?? ''}${(old >> 16n).toString(16)}:${(old & 0xffffn).toString(16)}`;
  const [left = '', right, ...more] = groups.split('::');
  const [before, after] = [groupsOf(left), groupsOf(right ?? '')];
  const missing = 8 - before.length - after.length;
  if (more.length > 0 || (right === undefined ? missing !== 0 : missing < 1)) fail(`${text} is no address`);
  const all = [...before, ...Array.from({ length: missing }, () => 0n), ...after];
  return { address: all.reduce((sum, group) => (sum << 16n) | group, 0n), bits: 128 };
}

const groupsOf = (text: string): readonly bigint[] =>
  text === '' ? [] : text.split(':').map((group) => (/^[0-9a-f]{1,4}$/i.test(group) ? BigInt(`0x${group}`) : fail('no address')));

/** Zeros in front are allowed, and mean nothing. */
function version4(text: string): bigint {
  const parts = text.split('.');
  const valid = parts.length === 4 && parts.every((part) => /^\d+$/.test(part) && Number(part) < 256);
  if (!valid) fail(`${text} is no address`);
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

/** The mask of a prefix. */
export const maskOf = (prefix: number, bits: number): bigint => ((1n << BigInt(prefix)) - 1n) << BigInt(bits - prefix);

export const masked = (network: Network): Network => ({
  ...network,
  address: network.address & maskOf(network.prefix, network.bits),
});

/** The longest run of zero groups, from two on, is left out (RFC 5952). */
export function addressText(address: bigint, bits: number): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: 8 }, (_, at) => ((address >> BigInt(112 - 16 * at)) & 0xffffn).toString(16));
  const runs = [...groups.join(':').matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)];
  const longest = runs.reduce((most, [run]) => Math.max(most, run.length), 0);
  const run = runs.find(([text]) => text.length === longest);
  if (run === undefined) return groups.join(':');
  const text = groups.join(':');
  return `${text.slice(0, run.index).replace(/:$/, '')}::${text.slice(run.index + longest).replace(/^:/, '')}`;
}

export const networkText = ({ address, bits, prefix }: Network): string => `${addressText(address, bits)}/${String(prefix)}`;

/** An address of version 4 inside of version 6 is printed by the engine as one of version 4. */
export const isMapped = ({ address, bits }: { readonly address: bigint; readonly bits: number }): boolean =>
  bits === 128 && address >> 32n === 0xffffn;
