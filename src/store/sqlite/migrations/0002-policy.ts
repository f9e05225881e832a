/**
 * What policy needs to remember (SM section 5): claim safety, invalidation, drains, time-to-live of claims, quotas, waiting claims, hooks,
 * sweeps and job lanes. Text is frozen: later changes are new migrations, never edits here.
 */
const workspaces = `
alter table workspace add column claim_safety text not null default 'unknown' check (claim_safety in ('unknown', 'safe', 'unsafe'));
alter table workspace add column unsafe_changes text not null default '[]';
alter table workspace add column rehearsed_at integer;
alter table workspace add column held_by text;
alter table workspace add column held_reason text;
alter table workspace add column invalidated_at integer;
alter table workspace add column stale_at integer;
alter table workspace add column failed_at integer;
alter table workspace add column health_failures integer not null default 0 check (health_failures >= 0);
alter table workspace add column expires_at integer;
alter table workspace add column expiry_warned_at integer;
alter table workspace add column daily_cost integer not null default 0 check (daily_cost >= 0);
create index workspace_expiry on workspace (expires_at) where expires_at is not null and deleted_at is null;
`;

const pools = `
alter table pool add column draining_at integer;
alter table pool add column opened_at integer;
alter table pool add column error_fingerprint text;
alter table pool add column error_repeats integer not null default 0 check (error_repeats >= 0);
update pool set opened_at = cast(strftime('%s', 'now') as integer) * 1000 where breaker = 'open';
`;

const builds = `
alter table build add column daily_cost integer not null default 0 check (daily_cost >= 0);
alter table build add column phase_before text;
alter table build add column job_lane text not null default 'pool' check (job_lane in ('pool', 'people', 'delete'));
create index run_rehearsals on run (created_at) where kind = 'rehearse' and consumed_at is null;
drop index build_job_slot;
create unique index build_job_slot on build (job_lane, job_slot)
  where job_slot is not null and state in ('queued', 'planning', 'planned', 'applying', 'verifying');
`;

const claims = `
alter table claim add column deadline_at integer;
alter table claim add column touched_at integer;
alter table claim add column detached integer not null default 0 check (detached in (0, 1));
alter table claim add column no_cold integer not null default 0 check (no_cold in (0, 1));
alter table claim add column ttl_ms integer check (ttl_ms > 0);
`;

const quotas = `
create table team (
  id text primary key not null,
  organization_id text not null references organization (id),
  name text not null collate nocase,
  quota_allowance integer not null check (quota_allowance >= 0),
  created_at integer not null,
  unique (organization_id, name)
) strict;

create table team_member (
  team_id text not null references team (id),
  person_id text not null references person (id),
  primary key (team_id, person_id)
) strict, without rowid;

create table charge (
  workspace_id text not null references workspace (id),
  owner_id text not null references person (id),
  kind text not null check (kind in ('held', 'charged')),
  daily_cost integer not null check (daily_cost >= 0),
  claim_id text references claim (id),
  primary key (workspace_id, owner_id, kind)
) strict, without rowid;
create unique index charge_once on charge (workspace_id) where kind = 'charged';
create index charge_owner on charge (owner_id);

insert into team (id, organization_id, name, quota_allowance, created_at)
select id, id, 'Everyone', 0, 0 from organization;
`;

// Counters say whose template it was; the labels are in the order of their names.
const organizations = `
update counter set labels = '{"organization_name":"default",' || substr(labels, 2);
`;

const outside = `
create table outbox (
  id text primary key not null,
  event_seq integer not null,
  hook text not null,
  target integer not null,
  payload text not null,
  attempts integer not null check (attempts >= 0),
  next_try_at integer not null,
  done_at integer,
  last_error text,
  created_at integer not null
) strict;
create index outbox_due on outbox (next_try_at) where done_at is null;

create table sweep (
  source text primary key not null,
  at integer not null,
  objects integer not null check (objects >= 0),
  unaccounted text not null,
  error text
) strict, without rowid;
`;

// What rows are removed by age: without these each removal would read whole tables to see who refers to it.
const ageing = `
create index run_workspace on run (workspace_id);
create index suspect_build on suspect (build_id);
create index claim_workspace on claim (workspace_id) where workspace_id is not null;
create index claim_try_workspace on claim_try (workspace_id);
create index charge_claim on charge (claim_id) where claim_id is not null;
create index workspace_claim on workspace (claim_id) where claim_id is not null;
create index workspace_gone on workspace (deleted_at) where deleted_at is not null;
create index claim_ended on claim (ended_at) where ended_at is not null;
`;

export const policy: string = [workspaces, pools, builds, claims, quotas, organizations, outside, ageing].join('\n');
