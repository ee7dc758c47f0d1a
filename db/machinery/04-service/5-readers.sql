-- Readers: the servers and workers that read, and when each was last seen.
--
-- A lease is a lock of one database server. After a failover or a restart there is none until the servers and
-- workers are back, which takes as long as a partition of the network. This table shows until then which of them
-- can come back. Each updates its row every ten seconds, and deletes it when it stops
-- (src/platform/read-models/serve/readers.ts). The rows are neither events nor a read table.
--
-- Servers and workers of 1.0.0 have leases and write no row, so the others write one for each of them. While the
-- process of PostgreSQL is the one that was seen, its locks show whether such a server is there. After a failover or a
-- restart it is another process, and the row shows who can come back.

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
    seen_at timestamptz not null default clock_timestamp(),
    seen_on timestamptz
  ) with (fillfactor = 50);
  comment on table work.readers is
    'The servers and workers that read, the read tables that each reads, and when each was last seen. seen_on is set '
    'for those of 1.0.0: the start of the process of PostgreSQL in which another reader saw their leases.';
  create trigger readers_commit_lazily
    before insert or update or delete on work.readers
    for each statement execute function limits.commit_lazily();
end
$$;

-- Standbys: which of them are synchronous, and as which of them a standby connects.
--
-- A server reads from synchronous standbys only (src/platform/standby-reads/fitness.ts). PostgreSQL shows the state of
-- replication to members of pg_monitor, and would show them much more. These functions run with the rights of their
-- owner and return nothing else. If the owner has no right to see it, they return null.

create or replace function log.standbys()
returns table (name text, synchronous boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select application_name, bool_and(sync_state in ('sync', 'quorum'))
  from pg_stat_replication
  group by 1
$$;
comment on function log.standbys() is
  'On the primary server: the standbys that are connected to it, by application_name.';

create or replace function log.standby_name()
returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not pg_has_role('pg_read_all_settings', 'usage') then
    return null;
  end if;
  return coalesce(
    substring(current_setting('primary_conninfo') from $re$application_name\s*=\s*'?([^'\s]+)$re$),
    nullif(current_setting('cluster_name'), ''),
    'walreceiver');
end
$$;
comment on function log.standby_name() is
  'On a standby: its application_name on the primary server.';
