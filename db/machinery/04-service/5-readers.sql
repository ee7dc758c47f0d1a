-- Readers: the servers and workers that read, and when each was last seen.
--
-- A lease is a lock of one database server. After a failover or a restart there is none until the servers and
-- workers are back, which takes as long as a partition of the network. This table shows until then which of them
-- can come back. Each updates its row every ten seconds, and deletes it when it stops
-- (src/platform/read-models/serve/readers.ts). The rows are neither events nor a read table.

-- Made at once and left alone afterwards. A crash loses at most the last half second of updates, so none waits
-- for a disk or a standby.
do $$
begin
  if to_regclass('work.readers') is not null then
    return;
  end if;
  create table work.readers (
    id uuid constraint readers_pkey primary key,
    name text not null,
    tables text[] not null,
    seen_at timestamptz not null default clock_timestamp()
  ) with (fillfactor = 50);
  comment on table work.readers is
    'The servers and workers that read, the read tables that each reads, and when each was last seen.';
  create trigger readers_commit_lazily
    before insert or update or delete on work.readers
    for each statement execute function limits.commit_lazily();
end
$$;
