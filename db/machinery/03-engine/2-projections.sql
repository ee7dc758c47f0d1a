-- Projections: the functions and triggers that are generated from the cells of the matrix.
--
-- Promises: live triggers and replays run the same projections through the same casts, in position
-- order. Uses engine.sql. Idempotent; what is generated is made anew when this text has changed.
-- Own SQLSTATE: LG006 a header without its row.

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

-- The function of one cell's trigger. Dormant unless the table is live.
create or replace procedure engine.make_cell(p_table text, p_event text)
language plpgsql
as $outer$
declare
  v_function text := format('%s_on_%s', p_table, p_event);
begin
  execute format($create$
    create or replace function read.%1$I() returns trigger
    language plpgsql security definer set search_path = read, log, pg_temp
    -- What a release wrote is planned by what its tables hold, not once for ever as log.append is.
    set plan_cache_mode = auto
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
end
$outer$;

-- Fills one cell: the trigger by which events of one type reach one read table. Takes SHARE ROW
-- EXCLUSIVE on the event table, nothing else.
create or replace procedure engine.attach(p_table text, p_event text)
language plpgsql
as $$
declare
  v_trigger text := engine.trigger_of(p_table, p_event);
begin
  call engine.make_cell(p_table, p_event);
  execute format('create or replace trigger %I after insert on log.%I '
    'referencing new table as appended for each statement execute function read.%I()',
    v_trigger, p_event, format('%s_on_%s', p_table, p_event));
  execute format('alter table log.%I enable always trigger %I', p_event, v_trigger);
end
$$;

-- Replay ------------------------------------------------------------------------------------

-- Makes <schema>.<table>_replay(after, upto, run, rest): projects the events with after < position <=
-- upto, in position order and in runs of one type of at most so many events; answers how many. After
-- each two milliseconds of work it rests so many, none where 0: whoever computes without a pause keeps
-- a processor for a whole turn of the scheduler, and an append that needs it waits for as long.
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
    create or replace function %1$I.%2$I(
      p_after bigint, p_upto bigint, p_run int, p_rest int default 0
    ) returns bigint
    language plpgsql set search_path = %3$s
    as $body$
    declare
      v_run record;
      v_position bigint;
      v_done bigint;
      v_total bigint := 0;
      v_since timestamptz := clock_timestamp();
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
        if p_rest > 0 and clock_timestamp() > v_since + interval '2 milliseconds' then
          perform pg_sleep(p_rest / 1000.0);
          v_since := clock_timestamp();
        end if;
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


