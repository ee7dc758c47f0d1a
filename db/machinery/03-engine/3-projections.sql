-- Projections: the triggers that are generated from the cells of the matrix.
--
-- Promises: live triggers and replays (4-replays.sql) run the same projections through the same casts, in
-- position order. What is generated is made again when this text has changed.

-- A block of plpgsql that projects the events of one cell, which the query p_events returns in position
-- order. It expects the variables v_position, the event that is being projected, and v_count, how many.
--
-- A projection of an array gets all events at once, unless two belong to one stream:
-- `update ... from unnest` would apply an arbitrary one of the two.
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
      v_count := coalesce(cardinality(events), 0);
      if streams = v_count then
        perform %5$I(events) where v_count > 0;
      else
        for i in 1..v_count loop
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
      v_count := 0;
      for event in %2$s loop
        v_position := event.position;
        perform %3$I(%4$s);
        v_count := v_count + 1;
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

-- Makes the function of one cell's trigger. It does nothing unless the table is live.
create or replace procedure engine.make_projection_trigger(p_table text, p_event text)
language plpgsql
as $outer$
declare
  v_function text := format('%s_on_%s', p_table, p_event);
begin
  execute format($create$
    create or replace function read.%1$I() returns trigger
    language plpgsql security definer set search_path = read, log, pg_temp
    -- The SQL of a release is planned for what its tables hold, not once per connection as log.append is.
    set plan_cache_mode = auto
    as $body$
    declare
      v_position bigint;
      v_count bigint;
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

-- Puts the trigger of one cell on the event table. Takes SHARE ROW EXCLUSIVE on the event table, and no
-- other lock.
create or replace procedure engine.attach_trigger(p_table text, p_event text)
language plpgsql
as $$
declare
  v_trigger text := engine.trigger_of(p_table, p_event);
begin
  call engine.make_projection_trigger(p_table, p_event);
  execute format('create or replace trigger %I after insert on log.%I '
    'referencing new table as appended for each statement execute function read.%I()',
    v_trigger, p_event, format('%s_on_%s', p_table, p_event));
  execute format('alter table log.%I enable always trigger %I', p_event, v_trigger);
  -- Recorded again at the end of the install, as it is now.
  delete from engine.objects
    where kind = 'trigger' and relation = format('log.%I', p_event) and name = v_trigger;
end
$$;
