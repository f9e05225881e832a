import type { Token, TokenRole, TokenState } from '../domain/token.ts';

export interface TokenView extends Token {
  readonly state: TokenState;
}

export interface NewTokenInput {
  readonly role: TokenRole;
  /** Absent = the caller. */
  readonly user?: string | undefined;
  /** Absent = made from the user's name. */
  readonly name?: string | undefined;
  /** Life in milliseconds; absent = until it is revoked. */
  readonly lifeMs?: number | undefined;
}

/** Tokens of the HTTP front (spec 8.3). Whoever runs the command line against a home is its administrator. */
export interface TokenApi {
  /** `text` is the token itself: it is shown this once and remembered nowhere. ConflictError when the name is taken. */
  create(input: NewTokenInput): Promise<{ readonly token: TokenView; readonly text: string }>;
  /** Those that open something; with `all` also expired and revoked ones. The newest first. */
  list(options: { readonly all: boolean }): Promise<readonly TokenView[]>;
  /** By id or name. */
  revoke(idOrName: string): Promise<TokenView>;
}
