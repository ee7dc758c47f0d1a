-- Verifications: when each read table was last compared with the log, and what was found. `epistle verify` and
-- `epistle rebuild` write it (src/platform/read-models/rebuild/last-verify.ts); `epistle status`, the metrics and the
-- console show it, to the servers' login, too. Schema read is for read tables alone. The rows are neither events nor
-- read tables.
--
-- Rows that differ contain personal data, as the read tables do. Every erasure deletes them all, and the next verify
-- finds again those that still differ. No secret is in them.

create table if not exists work.verifications (
  read_table text constraint verifications_pkey primary key,
  position bigint not null,
  differences bigint not null,
  verified_at timestamptz not null default clock_timestamp()
);
comment on table work.verifications is
  'The last verify of each read table: the position at which it was compared with the log, and how many rows '
  'differed.';

do $$
begin
  if to_regclass('work.differences') is not null then
    return;
  end if;
  create table work.differences (
    read_table text not null,
    position bigint not null,
    n int not null,
    kind text not null constraint differences_kind_check check (kind in ('missing', 'extra', 'different')),
    changed text[] not null,
    expected jsonb,
    actual jsonb,
    constraint differences_pkey primary key (read_table, n)
  );
  comment on table work.differences is
    'The first rows that the last verify of each read table found to differ: the columns that differ, the row as the '
    'log makes it, and the row as it was. Without columns that hold secrets.';
  -- PostgreSQL would keep some of the values, which an erasure has to remove, in its statistics.
  alter table work.differences
    alter column expected set statistics 0, alter column actual set statistics 0;
end
$$;
