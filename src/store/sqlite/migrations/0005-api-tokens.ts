/**
 * Tokens of people and programs that ask `serve` (spec 8.3). Tokens are kept as sha256 only; a revoked one stays, so that the audit trail
 * can be read. Text is frozen: later changes are new migrations, never edits here.
 */
export const apiTokens = `
create table api_token (
  id text primary key not null,
  name text not null collate nocase,
  person_id text not null references person (id),
  role text not null check (role in ('admin', 'member', 'agent-read')),
  sha256 text not null unique,
  created_at integer not null,
  created_by text not null references person (id),
  expires_at integer,
  last_used_at integer,
  revoked_at integer
) strict;
create unique index api_token_name on api_token (name) where revoked_at is null;
`;
