-- Read tables: their list and states, and the machinery as it is installed.
--
-- Leaves transactions, retries and files to src/platform/read-models/.

create schema if not exists read;
create schema if not exists engine;
revoke all on schema read, engine from public;

create table if not exists read.tables (
  id int generated always as identity constraint tables_pkey primary key,
  name text not null constraint tables_name_key unique,
  release int not null,
  state text not null default 'building'
    constraint tables_state_check check (state in ('building', 'live', 'demoted', 'retiring')),
  position bigint not null default 0,
  file text not null,
  sha256 text not null,
  created_at timestamptz not null default clock_timestamp(),
  live_at timestamptz
);
comment on table read.tables is
  'Every read table and its state. position is how far its build has replayed; file and sha256 are '
  'those of the file that made it, and of the view''s file once the table is demoted.';

create table if not exists engine.sources (
  file text constraint sources_pkey primary key,
  sha256 text not null,
  version int not null
);
comment on table engine.sources is
  'The files of the machinery as installed: checksums, and the version of the machinery.';

-- The search_path under which a release's file is read. Its read table is named without schema, so that
-- the same text makes the live table and its shadow. pg_temp comes last: otherwise a temporary
-- table could take the place of a real one.
create or replace function engine.path_of(p_schema text) returns text
language sql immutable
as $$ select case p_schema when 'read' then '' else quote_ident(p_schema) || ', ' end
  || 'read, log, pg_temp' $$;

create or replace function engine.release_of(p_name text) returns int
language sql immutable
as $$ select substring(p_name from '_([0-9]+)$')::int $$;

create or replace function engine.family_of(p_name text) returns text
language sql immutable
as $$ select regexp_replace(p_name, '_[0-9]+$', '') $$;

-- The depth of a read table in the graph of references: a referred table is written first.
create or replace function engine.rank_of(p_table text) returns int
language sql stable
as $$
  with recursive up as (
    select to_regclass(format('read.%I', p_table)) as oid, 1 as rank
    union
    select c.confrelid::regclass, up.rank + 1
    from up join pg_constraint c on c.conrelid = up.oid and c.contype = 'f'
      and c.confrelid <> c.conrelid
  )
  select max(rank) from up
$$;
