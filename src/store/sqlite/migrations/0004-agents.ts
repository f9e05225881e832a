/**
 * Agents and the servers that hear them (SM section 5, agent-protocol 5). Tokens are kept as sha256 only. Text is frozen: later changes
 * are new migrations, never edits here.
 */
const agent = `
create table agent (
  workspace_id text not null references workspace (id),
  name text not null,
  token_sha256 text not null unique,
  previous_token_sha256 text,
  lifecycle text not null check (lifecycle in (
    'created', 'starting', 'ready', 'start_error', 'start_timeout', 'shutting_down', 'off', 'shutdown_error', 'shutdown_timeout')),
  lifecycle_at integer not null,
  generation integer not null check (generation >= 0),
  process_key text,
  seq integer not null check (seq >= 0),
  scripts text not null,
  seen_at integer,
  row_version integer not null,
  primary key (workspace_id, name)
) strict, without rowid;
create index agent_previous on agent (previous_token_sha256) where previous_token_sha256 is not null;
`;

const session = `
create table server_session (
  id text primary key not null,
  boot_id text not null,
  pid integer not null,
  start_ticks integer not null,
  started_at integer not null,
  seen_at integer not null,
  ended_at integer
) strict;
create index server_session_seen on server_session (seen_at);
`;

export const agents: string = [agent, session].join('\n');
