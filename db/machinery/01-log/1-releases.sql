-- Releases: schema log, and what was released into this database.
--
-- Promises that an installed release can be recognized by the checksums of its files, and that every
-- type of event is declared once. Event types are declared by log.event_table.
-- Leaves read tables to the engine and every business word to the releases.
-- Idempotent, as is all of the machinery: install runs it again whenever a text of it has changed.
--
-- SQLSTATEs of our own:
--   LG001 isolation level     LG002 append-only        LG003 row without a header of its own
--   LG004 unknown event type  LG005 out of order       LG006 header without its row
--   LG007 ends a search for a refusal, or a replay for the servers, to undo it; no caller sees it
--   LG008 request that expects a key of a read table that cannot be asked for it
--   LG009 erasure of an unknown user, or not by log.forget
-- Lock order, for every session: event tables (by name), then the append lock, then read tables.

create schema if not exists log;
revoke all on schema log from public;

create table if not exists log.releases (
  release int constraint releases_pkey primary key,
  name text not null,
  installed_at timestamptz not null default clock_timestamp()
);
comment on table log.releases is 'The releases of db/ that are installed in this database.';

create table if not exists log.release_files (
  release int not null references log.releases,
  file text not null,
  sha256 text not null,
  constraint release_files_pkey primary key (release, file)
);
comment on table log.release_files is 'Checksums of released files: a released file never changes.';

create table if not exists log.event_types (
  type text constraint event_types_pkey primary key,
  release int not null,
  aggregate text not null,
  stream_column text not null
);
comment on table log.event_types is
  'Every type of event: its table in this schema, its aggregate, and the column with its stream.';
