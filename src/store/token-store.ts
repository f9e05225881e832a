import type { Bearer, Token, TokenRole } from '../domain/token.ts';
import type { Person } from '../domain/types.ts';

/** Who does it, for the event. */
type Actor = Pick<Person, 'id' | 'username'>;

export interface NewToken {
  readonly name: string;
  readonly personId: string;
  readonly role: TokenRole;
  /** Of the token's text, lower-case hex. */
  readonly sha256: string;
  readonly expiresAt: number | undefined;
}

/** Tokens of the HTTP front (spec 8.3). Events tell of a token by its name, never by its text or hash. */
export interface TokenStore {
  /** ConflictError token_exists when a token of this name is not revoked. */
  createToken(input: NewToken, actor: Actor): Promise<Token>;
  /** All of them, the newest first. */
  listTokens(): Promise<readonly Token[]>;
  /** From here it opens nothing. false = it was revoked already, or there is none. */
  revokeToken(id: string, actor: Actor): Promise<boolean>;
  /**
   * Whose token this is; undefined = nobody's, expired or revoked. The use is noted at most once a minute, and a store that cannot be written
   * still lets its bearer in.
   */
  findToken(sha256: string): Promise<Bearer | undefined>;
  /** Whether any token opens anything now. */
  hasToken(): Promise<boolean>;
}
