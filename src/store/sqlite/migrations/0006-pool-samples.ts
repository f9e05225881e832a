/**
 * How large each pool was, for the bars of its last days (spec 8.4). One row per stretch of equal counts, from `at` to `until_at`. Text is
 * frozen: later changes are new migrations, never edits here.
 */
export const poolSamples = `
create table pool_sample (
  template_id text not null references template (id),
  preset_name text not null,
  at integer not null,
  until_at integer not null check (until_at >= at),
  desired integer not null check (desired >= 0),
  running integer not null check (running >= 0),
  eligible integer not null check (eligible >= 0),
  building integer not null check (building >= 0),
  claimed integer not null check (claimed >= 0),
  primary key (template_id, preset_name, at)
) strict, without rowid;
create index pool_sample_until on pool_sample (until_at);
`;
