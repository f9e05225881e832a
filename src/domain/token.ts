import type { Person } from './types.ts';

/** What the bearer of a token may do (spec 8.3): `agent-read` reads metrics, pools and presets, and nothing of people. */
export type TokenRole = 'admin' | 'member' | 'agent-read';

/** A token as it is remembered: its text is not, only the sha256 of it. */
export interface Token {
  readonly id: string;
  /** Unique among those that are not revoked, without case. */
  readonly name: string;
  readonly person: Pick<Person, 'id' | 'username'>;
  readonly role: TokenRole;
  readonly createdAt: number;
  /** Username of whoever made it. */
  readonly createdBy: string;
  readonly expiresAt: number | undefined;
  /** To the minute. */
  readonly lastUsedAt: number | undefined;
  readonly revokedAt: number | undefined;
}

/** Whom a request is from. */
export interface Bearer {
  readonly person: Person;
  readonly role: TokenRole;
  readonly tokenId: string;
}

/** How every token looks: anything else is not looked up. */
export const isTokenText = (text: string): boolean => /^pb_[A-Za-z0-9_-]{43}$/.test(text);

export type TokenState = 'valid' | 'expired' | 'revoked';

/** `now` in milliseconds UTC. */
export function tokenState(token: Pick<Token, 'expiresAt' | 'revokedAt'>, now: number): TokenState {
  if (token.revokedAt !== undefined) return 'revoked';
  return token.expiresAt !== undefined && token.expiresAt <= now ? 'expired' : 'valid';
}
