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

-- The read tables that the projections of each read table of a schema name outside comments. They look rows up
-- there, which takes the place of a foreign key.
create or replace function engine.look_ups(p_schema text default 'read')
returns table (name text, referred text)
language sql stable
as $$
  -- Each text is read once.
  with words as materialized (
    select distinct left(p.proname, -3) as name, word[1] as word
    from pg_proc p
    cross join regexp_matches(regexp_replace(p.prosrc, '--[^\n]*', '', 'g'),
      '[a-z0-9_]+_[0-9]+(?![a-z0-9_])', 'g') word
    where p.pronamespace = p_schema::regnamespace and right(p.proname, 3) = '_on'
  )
  select w.name, w.word
  from words w
  join pg_class c on c.relname = w.word and c.relnamespace = p_schema::regnamespace and c.relkind in ('r', 'v')
  where w.word <> w.name
$$;

-- The references between read tables, by foreign keys or by projections.
create or replace function engine.read_references() returns table (name text, referred text)
language sql stable
as $$
  select c.relname::text, r.relname::text
  from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class r on r.oid = k.confrelid
  where k.contype = 'f' and k.connamespace = 'read'::regnamespace and k.confrelid <> k.conrelid
  union
  select l.name, l.referred from engine.look_ups() l
$$;

-- The depth of each read table in the graph of references: a referred table is written first. A circle, which
-- install then refuses, is followed once.
create or replace function engine.ranks() returns table (name text, rank int)
language sql stable
as $$
  with recursive reference as materialized (
    select * from engine.read_references()
  ), up as (
    select t.name, array[t.name] as path from read.tables t
    union all
    select up.name, up.path || r.referred
    from up join reference r on r.name = up.path[cardinality(up.path)] and r.referred <> all (up.path)
  )
  select up.name, max(cardinality(path)) from up group by up.name
$$;

-- For the status of code before version 4 of the machinery.
create or replace function engine.rank_of(p_table text) returns int
language sql stable
as $$ select rank from engine.ranks() where name = p_table $$;
