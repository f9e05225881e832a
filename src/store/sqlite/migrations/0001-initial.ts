/**
 * The first schema (SM section 5): the tables of what the store's interface needs, with complete enumerations, because SQLite cannot
 * change a CHECK without rebuilding the table. Text is frozen: later changes are new migrations, never edits here.
 */
const SYSTEM = `'c42fdf75-3097-471c-8c33-fb52454d81c0'`;
const LIVE_BUILD = `('queued', 'planning', 'planned', 'applying', 'verifying')`;
const LIVE_CLAIM = `('reserved', 'planned', 'applying')`;
const ERROR_CLASS = `('transient', 'capacity', 'template', 'environment')`;

const people = `
create table meta (key text primary key not null, value text not null) strict, without rowid;

create table person (
  id text primary key not null,
  username text not null unique collate nocase,
  full_name text not null,
  email text not null,
  is_system integer not null check (is_system in (0, 1)),
  created_at integer not null
) strict;

create table organization (id text primary key not null, name text not null unique) strict;
`;

const catalog = `
create table template (
  id text primary key not null,
  organization_id text not null references organization (id),
  name text not null collate nocase,
  deprecated_at integer,
  deleting_at integer,
  deleted_at integer,
  created_at integer not null
) strict;
create unique index template_name on template (organization_id, name) where deleted_at is null;

create table version (
  id text primary key not null,
  template_id text not null references template (id),
  number integer not null check (number > 0),
  state text not null check (state in ('staging', 'imported', 'active', 'inactive', 'gone')),
  fingerprint text not null,
  content_hash text not null,
  folder text not null,
  engine_path text not null,
  engine_kind text not null check (engine_kind in ('terraform', 'tofu')),
  engine_version text not null,
  lock_hash text not null,
  message text not null,
  pushed_by text not null,
  pushed_at integer not null,
  facts text not null
) strict;
create unique index version_number on version (template_id, number);
create unique index version_active on version (template_id) where state = 'active';

create table variable (
  version_id text not null references version (id),
  name text not null,
  value text,
  value_cipher text,
  sensitive integer not null check (sensitive in (0, 1)),
  primary key (version_id, name),
  check ((value is null) <> (value_cipher is null))
) strict, without rowid;

create table parameter (
  version_id text not null references version (id),
  name text not null,
  position integer not null,
  display_name text not null,
  description text not null,
  type text not null check (type in ('string', 'number', 'bool', 'list(string)')),
  mutable integer not null check (mutable in (0, 1)),
  ephemeral integer not null check (ephemeral in (0, 1)),
  default_value text,
  options text not null,
  validations text not null,
  primary key (version_id, name)
) strict, without rowid;

create table preset (
  id text primary key not null,
  version_id text not null references version (id),
  name text not null,
  position integer not null,
  is_default integer not null check (is_default in (0, 1)),
  parameters text not null,
  instances integer not null check (instances >= 0),
  has_prebuilds integer not null check (has_prebuilds in (0, 1)),
  ttl_ms integer check (ttl_ms >= 0),
  timezone text,
  schedules text not null,
  identity text not null
) strict;
create unique index preset_name on preset (version_id, name);
create unique index preset_default on preset (version_id) where is_default = 1;

create table pool (
  template_id text not null references template (id),
  preset_name text not null,
  paused_at integer,
  breaker text not null check (breaker in ('closed', 'backing_off', 'holding', 'half_open', 'open')),
  failures integer not null check (failures >= 0),
  next_try_at integer,
  error_class text check (error_class in ${ERROR_CLASS}),
  last_error text,
  primary key (template_id, preset_name)
) strict, without rowid;
`;

const workspaces = `
create table workspace (
  id text primary key not null,
  template_id text not null references template (id),
  version_id text not null references version (id),
  preset_id text references preset (id),
  owner_id text not null references person (id),
  name text not null collate nocase,
  phase text not null check (phase in ('queued', 'provisioning', 'warming', 'ready', 'claiming', 'stopping', 'stopped', 'failed',
    'quarantined', 'deleting', 'deleted')),
  slot integer check (slot >= 0),
  generation integer not null check (generation >= 1),
  fingerprint text not null,
  held_at integer,
  claim_id text references claim (id),
  parameters text not null,
  created_at integer not null,
  ready_at integer,
  claimed_at integer,
  health_at integer,
  next_try_at integer,
  attempts integer not null check (attempts >= 0),
  last_error text,
  deleted_at integer,
  row_version integer not null,
  check (slot is null or (owner_id = ${SYSTEM} and phase in ('queued', 'provisioning', 'warming', 'ready', 'claiming'))),
  check ((phase = 'claiming') = (claim_id is not null)),
  check ((phase = 'deleted') = (deleted_at is not null))
) strict;
create unique index workspace_slot on workspace (preset_id, slot) where slot is not null;
create unique index workspace_name on workspace (owner_id, name) where deleted_at is null;
create index workspace_stock on workspace (preset_id, phase, ready_at) where owner_id = ${SYSTEM} and deleted_at is null;
create index workspace_template on workspace (template_id) where deleted_at is null;

create trigger workspace_owner before update of owner_id on workspace
when new.owner_id <> old.owner_id and old.owner_id <> ${SYSTEM}
begin select raise(abort, 'the owner of a workspace changes from prebuilds only, and once'); end;

create trigger workspace_final before update of phase on workspace
when old.phase = 'deleted' and new.phase <> 'deleted'
begin select raise(abort, 'a deleted workspace stays deleted'); end;

create trigger workspace_not_rebuilt before update of phase on workspace
when old.phase = 'ready' and new.phase = 'provisioning' and old.owner_id = ${SYSTEM}
begin select raise(abort, 'a ready prebuild is never provisioned again'); end;

create table name_row (
  owner_id text not null references person (id),
  name_key text not null,
  workspace_id text references workspace (id),
  claim_id text references claim (id),
  primary key (owner_id, name_key),
  check ((workspace_id is null) <> (claim_id is null))
) strict, without rowid;
create index name_row_workspace on name_row (workspace_id) where workspace_id is not null;
create index name_row_claim on name_row (claim_id) where claim_id is not null;
`;

const builds = `
create table build (
  id text primary key not null,
  workspace_id text not null references workspace (id),
  number integer not null check (number > 0),
  transition text not null check (transition in ('start', 'stop', 'delete')),
  stage text not null check (stage in ('none', 'create', 'claim')),
  state text not null check (state in ('queued', 'planning', 'planned', 'applying', 'verifying', 'succeeded', 'failed', 'canceled')),
  reason text not null,
  beneficiary_id text not null references person (id),
  initiator_id text not null references person (id),
  workspace_name text not null,
  version_id text not null references version (id),
  engine_path text not null,
  engine_kind text not null check (engine_kind in ('terraform', 'tofu')),
  engine_version text not null,
  lock_hash text not null,
  loader integer not null,
  access_url text not null,
  parameters text not null,
  recoveries integer not null check (recoveries >= 0),
  attempts integer not null check (attempts >= 0),
  error_class text check (error_class in ${ERROR_CLASS}),
  error text,
  changes text not null,
  created_at integer not null,
  started_at integer,
  applied_at integer,
  ended_at integer,
  job_slot integer check (job_slot >= 0),
  driver_boot_id text,
  driver_pid integer,
  driver_start_ticks integer,
  check (stage = 'none' or transition = 'start'),
  check ((state in ('succeeded', 'failed', 'canceled')) = (ended_at is not null)),
  check ((driver_boot_id is null) = (driver_pid is null) and (driver_pid is null) = (driver_start_ticks is null))
) strict;
create unique index build_number on build (workspace_id, number);
create unique index build_live on build (workspace_id) where state in ${LIVE_BUILD};
create unique index build_job_slot on build (job_slot) where job_slot is not null and state in ${LIVE_BUILD};
create index build_live_age on build (created_at) where state in ${LIVE_BUILD};

create table run (
  id text primary key not null,
  build_id text references build (id),
  workspace_id text not null references workspace (id),
  kind text not null check (kind in ('plan', 'apply', 'rehearse')),
  folder text not null,
  exit_code integer,
  created_at integer not null,
  consumed_at integer,
  check (build_id is not null or kind = 'rehearse')
) strict;
create unique index run_open on run (build_id) where consumed_at is null;
create index run_build on run (build_id);

create table suspect (
  id text primary key not null,
  workspace_id text not null references workspace (id),
  build_id text not null references build (id),
  address text not null,
  type text not null,
  state text not null check (state in ('open', 'found', 'absent')),
  at integer not null
) strict;
create index suspect_workspace on suspect (workspace_id, state);
`;

const claims = `
create table claim (
  id text primary key not null,
  template_id text not null references template (id),
  preset_id text references preset (id),
  owner_id text not null references person (id),
  actor_id text not null references person (id),
  name text not null,
  name_key text not null,
  request_id text,
  args_hash text not null,
  state text not null check (state in ('new', 'waiting', 'reserved', 'planned', 'applying', 'served', 'cold', 'failed', 'canceled')),
  workspace_id text references workspace (id),
  served_as text check (served_as in ('warm', 'waited', 'cold')),
  miss_reason text,
  miss_code text check (miss_code in ('empty', 'no_preset', 'no_prebuilds', 'parameters', 'not_applied', 'refused')),
  parameters text not null,
  phases text not null,
  rebuilt text not null,
  created_at integer not null,
  ended_at integer,
  driver_boot_id text,
  driver_pid integer,
  driver_start_ticks integer,
  check ((state in ('served', 'failed', 'canceled')) = (ended_at is not null)),
  check (state not in ${LIVE_CLAIM} or workspace_id is not null),
  check ((driver_boot_id is null) = (driver_pid is null) and (driver_pid is null) = (driver_start_ticks is null))
) strict;
create unique index claim_live on claim (workspace_id) where state in ${LIVE_CLAIM};
create unique index claim_request on claim (owner_id, request_id) where request_id is not null;
create index claim_open on claim (owner_id, name_key) where ended_at is null;
create index claim_waiting on claim (template_id, created_at) where state = 'waiting';
create index claim_age on claim (created_at);

create table claim_try (
  claim_id text not null references claim (id),
  n integer not null check (n > 0),
  workspace_id text not null references workspace (id),
  outcome text not null,
  reason text not null,
  at integer not null,
  primary key (claim_id, n)
) strict, without rowid;
`;

// Events and counters name things by the words of that moment and refer to no row, so pruning and deletion never touch them.
const audit = `
create table event (
  seq integer primary key autoincrement,
  at integer not null,
  kind text not null,
  actor_id text,
  actor text,
  template text,
  preset text,
  workspace_id text,
  workspace_name text,
  build_id text,
  claim_id text,
  reason text not null,
  data text not null
) strict;
create index event_workspace on event (workspace_id, seq);
create index event_at on event (at);

create trigger event_final before update on event
begin select raise(abort, 'events are only added'); end;

create table counter (name text not null, labels text not null, value integer not null, primary key (name, labels)) strict, without rowid;
`;

const firstRows = `
insert into person (id, username, full_name, email, is_system, created_at)
values (${SYSTEM}, 'prebuilds', 'Prebuilds Owner', 'prebuilds@system', 1, 0);
insert into organization (id, name) values ('00000000-0000-4000-8000-000000000001', 'default');
`;

export const initial: string = [people, catalog, workspaces, builds, claims, audit, firstRows].join('\n');
