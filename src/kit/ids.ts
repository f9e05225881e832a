import { createHash, randomBytes, randomUUID } from 'node:crypto';

/** The one source of ids, injected so that tests can predict them. */
export interface Ids {
  uuid(): string;
  /** `n` random lower-case base32 characters (a-z, 2-7). */
  base32(n: number): string;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

export const systemIds: Ids = {
  uuid: () => randomUUID(),
  base32: (n) => Array.from(randomBytes(n), (byte) => ALPHABET[byte & 31] ?? 'a').join(''),
};

/** Text of that many random bytes in url-safe characters: a secret that cannot be guessed. */
export const randomText = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** Lower-case hex sha256 of a text or bytes. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
