-- The engine: from the functions that releases bring to the triggers that keep the read tables.
--
-- Promises: each event reaches each live read table by the projection for its very type, or by the
-- one shortest chain of casts; what reaches nothing is an error before it goes live. The same
-- projections serve triggers and replay, live (schema read) and scratch copy (schema shadow).
-- Leaves transactions, retries and files to src/read-model/. Idempotent, as log.sql.
-- Own SQLSTATE: LG006 a header without its row.

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
  'Every read table and the state of its life; position is how far its build has replayed, sha256 '
  'is that of the file it was made from.';

create table if not exists engine.sources (
  file text constraint sources_pkey primary key,
  sha256 text not null
);
comment on table engine.sources is 'Checksums of the machinery (log.sql and so on) as installed.';

-- The search_path under which a release's file is read: its read table is named without schema,
-- so that the same text makes the live table and the scratch copy. pg_temp comes last, or a
-- temporary table could take the place of a real one.
create or replace function engine.path_of(p_schema text) returns text
language sql immutable
as $$ select case p_schema when 'read' then '' else quote_ident(p_schema) || ', ' end
  || 'read, log, pg_temp' $$;

-- The matrix --------------------------------------------------------------------------------

-- Every chain of casts in one direction, each type's own empty one included. A cast is a function
-- of schema log that is named after the event type it returns and takes another.
create or replace function engine.chains()
returns table (event_type text, target text, path text[], direction text)
language sql stable
as $$
  with recursive casts as (
    select f.type as source, t.type as target,
      case when t.release > f.release then 'up' else 'down' end as direction
    from pg_proc p
    join log.event_types f on p.pronargs = 1
      and p.proargtypes[0] = to_regtype(format('log.%I', f.type))
    join log.event_types t on p.proname = t.type
      and p.prorettype = to_regtype(format('log.%I', t.type))
    where p.pronamespace = 'log'::regnamespace
  ), chains as (
    select type as event_type, type as target, '{}'::text[] as path, null as direction
    from log.event_types
    union all
    select c.event_type, k.target, c.path || k.target, k.direction
    from chains c join casts k on k.source = c.target
      and k.direction = coalesce(c.direction, k.direction)
      and k.target <> all (c.path) and k.target <> c.event_type
  )
  select * from chains
$$;

create or replace function engine.release_of(p_name text) returns int
language sql immutable
as $$ select substring(p_name from '_([0-9]+)$')::int $$;

create or replace function engine.family_of(p_name text) returns text
language sql immutable
as $$ select regexp_replace(p_name, '_[0-9]+$', '') $$;

-- One column of the matrix: how each event type gets into one read table of a schema.
--   kind   direct | backport | up | down | ignored | none
--   path   the casts on the way; the projection takes the last of them, or the event itself
--   fault  why this cell must not go live, or null
create or replace function engine.cells(p_table text, p_schema text default 'read')
returns table (event_type text, kind text, path text[], takes_array boolean, fault text)
language sql stable
as $$
  with projections as (
    select t.type, p.proargtypes[0] = to_regtype(format('log.%I[]', t.type)) as takes_array
    from pg_proc p
    join log.event_types t on p.pronargs = 1 and p.proargtypes[0]
      in (to_regtype(format('log.%I', t.type)), to_regtype(format('log.%I[]', t.type)))
    where p.pronamespace = p_schema::regnamespace and p.proname = p_table || '_on'
  ), ignored as (
    select distinct t.type
    from pg_proc p cross join unnest(p.proargtypes) argument
    join log.event_types t on argument = to_regtype(format('log.%I', t.type))
    where p.pronamespace = p_schema::regnamespace and p.proname = p_table || '_ignores'
  ), ways as (
    select c.event_type, c.path, c.direction, p.takes_array,
      rank() over (partition by c.event_type order by cardinality(c.path)) as place
    from engine.chains() c join projections p on p.type = c.target
  ), shortest as (
    select event_type, min(path::text)::text[] as path, min(direction) as direction,
      bool_or(takes_array) as takes_array, count(*) as ways
    from ways where place = 1
    group by event_type
  )
  select t.type,
    case
      when s.path = '{}' and t.release > engine.release_of(p_table) then 'backport'
      when s.path = '{}' then 'direct'
      when i.type is not null then 'ignored'
      else coalesce(s.direction, 'none')
    end,
    case when i.type is null or s.path = '{}' then s.path end,
    case when i.type is null or s.path = '{}' then s.takes_array end,
    case
      when s.path = '{}' and i.type is not null then
        format('%s projects %s and ignores it, too', p_table, t.type)
      when i.type is not null then null
      when s.ways > 1 then
        format('%s reaches %s by two chains of casts of equal length', t.type, p_table)
      when s.path is null and t.release <= engine.release_of(p_table) then
        format('%s neither projects %s nor ignores it', p_table, t.type)
      when s.path is null and exists (
          select from ways w where engine.family_of(w.event_type) = engine.family_of(t.type)) then
        format('%s needs a cast, to a type that %s projects', t.type, p_table)
    end
  from log.event_types t
  left join shortest s on s.event_type = t.type
  left join ignored i on i.type = t.type
$$;

-- The expression that takes an event through its casts: log.b(log.a(event)).
create or replace function engine.cast_expression(p_event text, p_path text[]) returns text
language plpgsql immutable
as $$
declare
  v_step text;
begin
  foreach v_step in array p_path loop
    p_event := format('log.%I(%s)', v_step, p_event);
  end loop;
  return p_event;
end
$$;

-- Triggers ----------------------------------------------------------------------------------

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

-- A block of plpgsql that projects the events of one cell, which the query p_events yields in
-- position order. It expects v_position and v_done, where it keeps count of them.
--
-- An array projection gets them all at once, unless two are of one stream: `update … from unnest`
-- would apply an arbitrary one of the two.
create or replace function engine.projection_block(
  p_table text, p_schema text, p_event text, p_events text
) returns text
language sql stable
as $outer$
  select case when c.takes_array then format($block$
    declare
      events log.%1$I[];
      streams bigint;
    begin
      select array_agg(%2$s order by e.position), count(distinct e.%3$I) into events, streams
        from (%4$s) e;
      v_done := coalesce(cardinality(events), 0);
      if streams = v_done then
        perform %5$I(events) where v_done > 0;
      else
        for i in 1..v_done loop
          v_position := events[i].position;
          perform %5$I(events[i:i]);
        end loop;
      end if;
    end;$block$,
    coalesce(c.path[cardinality(c.path)], p_event),
    engine.cast_expression(format('row(e.*)::log.%I', p_event), c.path),
    t.stream_column, p_events, p_table || '_on')
  else format($block$
    declare
      event log.%1$I;
    begin
      v_done := 0;
      for event in %2$s loop
        v_position := event.position;
        perform %3$I(%4$s);
        v_done := v_done + 1;
      end loop;
    end;$block$,
    p_event, p_events, p_table || '_on', engine.cast_expression('event', c.path))
  end
  from engine.cells(p_table, p_schema) c
  join log.event_types t on t.type = c.event_type
  where c.event_type = p_event
$outer$;

create or replace function engine.trigger_of(p_table text, p_event text) returns text
language sql stable
as $$ select format('%s_%s_on_%s', lpad(engine.rank_of(p_table)::text, 2, '0'), p_table, p_event) $$;

-- Fills one cell: the trigger by which events of one type reach one read table. Dormant unless the
-- table is live. Takes SHARE ROW EXCLUSIVE on the event table, nothing else.
create or replace procedure engine.attach(p_table text, p_event text)
language plpgsql
as $outer$
declare
  v_function text := format('%s_on_%s', p_table, p_event);
  v_trigger text := engine.trigger_of(p_table, p_event);
begin
  execute format($create$
    create or replace function read.%1$I() returns trigger
    language plpgsql security definer set search_path = read, log, pg_temp
    as $body$
    declare
      v_position bigint;
      v_done bigint;
    begin
      if (select state from read.tables where name = %2$L) is distinct from 'live' then
        return null;
      end if;
      %3$s
      return null;
    end
    $body$ $create$, v_function, p_table,
    engine.projection_block(p_table, 'read', p_event, 'select * from appended order by position'));
  execute format('revoke execute on function read.%I() from public', v_function);
  execute format('create or replace trigger %I after insert on log.%I '
    'referencing new table as appended for each statement execute function read.%I()',
    v_trigger, p_event, v_function);
  execute format('alter table log.%I enable always trigger %I', p_event, v_trigger);
end
$outer$;

-- Replay ------------------------------------------------------------------------------------

-- Makes <schema>.<table>_replay(after, upto, run): projects the events with after < position <=
-- upto, in position order and in runs of one type of at most so many events; answers how many.
create or replace procedure engine.make_replay(p_table text, p_schema text)
language plpgsql
as $outer$
declare
  v_types text[];
  v_blocks text;
begin
  select array_agg(event_type),
      string_agg(format('when %L then %s', event_type,
        engine.projection_block(p_table, p_schema, event_type, format(
          'select * from log.%I where position between v_run.first and v_run.last order by position',
          event_type))), E'\n')
    into v_types, v_blocks
    from engine.cells(p_table, p_schema) where kind not in ('ignored', 'none');
  execute format($create$
    create or replace function %1$I.%2$I(p_after bigint, p_upto bigint, p_run int) returns bigint
    language plpgsql set search_path = %3$s
    as $body$
    declare
      v_run record;
      v_position bigint;
      v_done bigint;
      v_total bigint := 0;
      v_sqlstate text;
      v_message text;
      v_constraint text;
      v_detail text;
    begin
      for v_run in
        select type, min(position) as first, max(position) as last, count(*) as events
        from (
          select type, position, island,
            (row_number() over (partition by type, island order by position) - 1) / p_run as run
          from (
            select type, position, row_number() over (order by position)
              - row_number() over (partition by type order by position) as island
            from log.events
            where position > p_after and position <= p_upto and type = any (%4$L)) islands) runs
        group by type, island, run
        order by first
      loop
        v_position := v_run.first;
        case v_run.type
          %5$s
        end case;
        if v_done <> v_run.events then
          raise exception using errcode = 'LG006', message = format(
            'between positions %%s and %%s are %%s headers of %%s, but %%s rows',
            v_run.first, v_run.last, v_run.events, v_run.type, v_done);
        end if;
        v_total := v_total + v_done;
      end loop;
      return v_total;
    exception when integrity_constraint_violation then
      get stacked diagnostics v_sqlstate = returned_sqlstate, v_message = message_text,
        v_constraint = constraint_name, v_detail = pg_exception_detail;
      -- Which event it was travels in the fields of the error, never in text to be parsed.
      raise exception using errcode = v_sqlstate, schema = %1$L, table = %6$L,
        constraint = v_constraint, detail = v_detail, message = v_message,
        column = v_position::text, datatype = v_run.type;
    end
    $body$ $create$,
    p_schema, p_table || '_replay', engine.path_of(p_schema), v_types, v_blocks, p_table);
  execute format('revoke execute on function %I.%I from public', p_schema, p_table || '_replay');
end
$outer$;


