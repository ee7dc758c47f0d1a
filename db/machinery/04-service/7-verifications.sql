-- Verifications: when each read table was last compared with the log, and what was found. `epistle verify` and
-- `epistle rebuild` write it (src/platform/read-models/rebuild/last-verify.ts); `epistle status` and the metrics show
-- it, to the servers' login, too. Schema read is for read tables alone. The rows are neither events nor a read table.

create table if not exists work.verifications (
  read_table text constraint verifications_pkey primary key,
  position bigint not null,
  differences bigint not null,
  verified_at timestamptz not null default clock_timestamp()
);
comment on table work.verifications is
  'The last verify of each read table: the position at which it was compared with the log, and how many rows '
  'differed.';
