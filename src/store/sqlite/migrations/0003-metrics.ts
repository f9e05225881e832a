/**
 * Histograms as counters (SM section 5): one row per bucket that something fell into, not cumulative, and one row for count and sum.
 * Text is frozen: later changes are new migrations, never edits here.
 */
export const metrics = `
create table histogram (
  name text not null,
  labels text not null,
  le real not null,
  value integer not null,
  primary key (name, labels, le)
) strict, without rowid;

create table histogram_sum (
  name text not null,
  labels text not null,
  value integer not null,
  total real not null,
  primary key (name, labels)
) strict, without rowid;
`;
