-- Projections: two functions for each event table, generated from the cells of the matrix. log.<type>_project
-- projects events, and log.<type>_alone one event that is appended alone, which costs less where projections
-- have a form for one event.
--
-- Promises: appends and replays (4-replays.sql) run the same projections through the same casts, in
-- position order. What is generated is made again when this text has changed.
-- Leaves to the callers of the two functions to ask, under the append lock, which read tables are live.

create table if not exists engine.attached (
  event_type text not null,
  read_table text not null,
  rank int not null,
  constraint attached_pkey primary key (event_type, read_table)
);
comment on table engine.attached is
  'The cells of the matrix that the two projecting functions of each event table contain. rank is that of the '
  'read table when it was attached: referred tables are projected first.';

-- A block of plpgsql that projects the events of one cell, which the query p_events returns in position
-- order: for replays, and for the triggers that enqueue tasks. It expects the variables v_position, the
-- position of the event that is being projected, and v_count, the number of events.
--
-- A projection of an array gets all events at once, unless two belong to one stream:
-- `update ... from unnest` would apply an arbitrary one of the two.
create or replace function engine.projection_block(
  p_table text, p_event text, p_path text[], p_takes_array boolean, p_events text
) returns text
language sql stable
as $outer$
  select case when p_takes_array then format($block$
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
    coalesce(p_path[cardinality(p_path)], p_event),
    engine.cast_expression(format('row(e.*)::log.%I', p_event), p_path),
    (select stream_column from log.event_types where type = p_event), p_events, p_table || '_on')
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
    p_event, p_events, p_table || '_on', engine.cast_expression('event', p_path))
  end
$outer$;

-- The call of a projection with one event, through its casts: in the form for one event, or as an array.
create or replace function engine.projection_call(
  p_table text, p_event text, p_path text[], p_as_array boolean
) returns text
language sql stable
as $$
  select format(case when p_as_array then '%I(array[%s])' else '%I(%s)' end,
    p_table || '_on', engine.cast_expression(p_event, p_path))
$$;

-- The block for one cell of log.<type>_alone or, without `alone`, of log.<type>_project. Where two events can
-- belong to one stream, a projection of an array gets them one by one, for the reason above.
create or replace function engine.live_block(
  p_table text, p_path text[], p_takes_array boolean, p_takes_event boolean, p_alone boolean
) returns text
language sql stable
as $outer$
  select format($block$
      if %L = any (p_live) then%s
      end if;$block$,
    p_table,
    format(case when p_alone then $one$
        v_void := %2$s;$one$
      when p_takes_array then $array$
        if p_apart then
          v_void := %1$I(%3$s);
        else
          foreach event in array p_events loop
            v_void := %2$s;
          end loop;
        end if;$array$
      else $each$
        foreach event in array p_events loop
          v_void := %2$s;
        end loop;$each$ end,
      p_table || '_on',
      engine.projection_call(p_table, 'event', p_path, p_takes_array and not (p_alone and p_takes_event)),
      case when p_path = '{}' then 'p_events'
        else format('array(select %s from unnest(p_events) e)', engine.cast_expression('e', p_path)) end))
$outer$;

-- The cells that the projecting functions of an event table contain.
create or replace function engine.attached_cells(p_event text)
returns table (read_table text, rank int, path text[], takes_array boolean, takes_event boolean)
language sql stable
as $$
  select a.read_table, a.rank, c.path, c.takes_array, c.takes_event
  from engine.cells_of(array(select read_table from engine.attached where event_type = p_event)) c
  join engine.attached a using (event_type, read_table)
  where c.event_type = p_event
$$;

-- Makes one of the two functions of an event table; both have this text. p_declared are the variables that the
-- blocks need.
create or replace procedure engine.make_project_function(
  p_name text, p_event text, p_parameters text, p_declared text, p_blocks text
)
language plpgsql
as $outer$
begin
  call log.drop_other_forms('log', p_name, p_parameters, 'void');
  execute format($create$
    create or replace function log.%I(%s) returns void
    language plpgsql set search_path = read, log, pg_temp
    -- The SQL of a release is planned for what its tables hold, not once per connection as log.append is.
    set plan_cache_mode = auto
    as $body$
    declare
      v_void text;%s
    begin%s
    end
    $body$ $create$, p_name, p_parameters, p_declared, p_blocks);
  execute format('revoke execute on function log.%I from public', p_name);
  call engine.record_function(p_name, p_event);
end
$outer$;

-- Makes log.<type>_project(events, apart, live), which projects events that are in position order into those
-- of the attached read tables whose names are in `live`. `apart` is true where no two events are of one
-- stream. Makes log.<type>_alone(event, live), which does the same for one event, except that log.append1_<type> looks
-- for erased users itself. With `checked`, also plans each call of a projection.
create or replace procedure engine.make_project(p_event text, checked boolean default false)
language plpgsql
as $outer$
declare
  v_blocks text;
  v_alone text;
  v_lost text;
  v_calls text[] := '{}';
  v_call text;
begin
  if exists (select from engine.attached where event_type = p_event) then
    select string_agg(engine.live_block(read_table, path, takes_array, takes_event, false), ''
          order by rank, read_table collate "C"),
        string_agg(engine.live_block(read_table, path, takes_array, takes_event, true), ''
          order by rank, read_table collate "C"),
        min(read_table) filter (where path is null),
        array_agg(engine.projection_call(read_table, 'e', path, true)) filter (where checked and takes_array)
          || array_agg(engine.projection_call(read_table, 'e', path, false)) filter (where checked and takes_event)
      into v_blocks, v_alone, v_lost, v_calls
      from engine.attached_cells(p_event);
  end if;
  if v_lost is not null then
    raise exception 'the function by which % is projected into % is missing', p_event, v_lost
      using hint = 'Create it again from the files of the release.';
  end if;
  call engine.make_project_function(p_event || '_project', p_event,
    format('p_events log.%I[], p_apart boolean, p_live text[]', p_event),
    format(E'\n      event log.%I;', p_event),
    concat(engine.erased_block(p_event), v_blocks));
  call engine.make_project_function(p_event || '_alone', p_event,
    format('event log.%I, p_live text[]', p_event), '',
    v_alone);
  foreach v_call in array coalesce(v_calls, '{}') loop
    execute format('select %s from unnest(null::log.%I[]) e', v_call, p_event);
  end loop;
end
$outer$;

-- Attaches read tables to one event table, and locks it in SHARE ROW EXCLUSIVE mode until the transaction
-- ends. They stay dormant until they are live.
--
-- The lock makes sure that no append after the cut-over runs the earlier text. A transaction that locked the
-- event table before this one has ended when the lock is granted. One that locks it later reads the new text,
-- because a session that locks a relation first processes the changes of the catalogue. A session that is
-- granted the append lock processes no changes, so no function may be replaced at the cut-over. The lock comes
-- last, so writers wait only for the commit.
create or replace procedure engine.attach(p_event text, p_tables text[])
language plpgsql set search_path = read, log, pg_temp
as $$
begin
  insert into engine.attached (event_type, read_table, rank)
    select p_event, name, rank from engine.ranks() where name = any (p_tables)
    on conflict on constraint attached_pkey do nothing;
  -- A call that cannot be planned would stop the whole event type once its read table is live.
  call engine.make_project(p_event, checked => true);
  execute format('lock table log.%I in share row exclusive mode', p_event);
end
$$;

-- Detaches a read table that is not live. Takes no lock: a session that still has the earlier text does not
-- reach the block of the table, so it needs none of the table's functions.
create or replace procedure engine.detach(p_table text)
language plpgsql
as $$
declare
  v_event text;
begin
  for v_event in delete from engine.attached where read_table = p_table returning event_type loop
    call engine.make_project(v_event);
  end loop;
end
$$;
