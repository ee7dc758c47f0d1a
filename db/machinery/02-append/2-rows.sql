-- Rows: for each event table, how log.append locks it and writes its rows from JSON.
--
-- Promises one statement with a plan that a connection keeps, for any number of rows, and an error for
-- data that has no column. Install makes the functions again when this text has changed.
-- (jsonb_populate_recordset, planned at each call, took one and a half times as long.)

-- The branch of log.append_rows for each event type. A column is read from the JSON in data without the length of its
-- type: a cast would cut the value, an assignment refuses it.
create or replace function log.rows_from_json() returns table (type text, branch text)
language sql stable
as $outer$
  select e.type, format($branch$when %1$L then
          select data into v_data from unnest(p_events) where data - %4$L::text[] <> '{}' limit 1;
          if found then
            raise exception using errcode = 'undefined_column',
              message = format('%1$s has no column %%I for the data of an event',
                (select min(key) from jsonb_object_keys(v_data - %4$L::text[]) key)),
              hint = 'The keys of data are columns of log.%1$s, except position and recorded_at.';
          end if;
          insert into %1$I (%2$s, recorded_at, position)
          select %3$s, p_recorded_at, position
          from unnest(p_events, p_positions) as event (request, nth, of_events, event_id, stream_id,
            stream_version, type, metadata, data, expects, position);
          get diagnostics v_rows = row_count;$branch$,
      e.type,
      string_agg(quote_ident(a.attname), ', ' order by a.attnum),
      string_agg(case
          when t.typcategory in ('A', 'C') or t.oid in ('json'::regtype, 'jsonb'::regtype) then
            format('(jsonb_populate_record(null::%s, data)).%I', a.attrelid::regclass, a.attname)
          else format('(data ->> %L)::%s', a.attname, format_type(t.oid, null))
        end, ', ' order by a.attnum),
      array_agg(a.attname order by a.attnum))
    from log.event_types e
    join pg_attribute a on a.attrelid = to_regclass(format('log.%I', e.type))
    join pg_type t on t.oid = a.atttypid
    where a.attnum > 0 and not a.attisdropped and a.attname not in ('position', 'recorded_at')
    group by e.type
$outer$;

-- Drops the forms of a generated function whose parameters or result are not as given, in the words of
-- pg_get_function_arguments: an older machinery can have left them.
create or replace procedure log.drop_other_forms(
  p_schema text, p_name text, p_arguments text, p_result text
)
language plpgsql set search_path = pg_catalog
as $$
declare
  v_routine regprocedure;
begin
  for v_routine in
    select oid from pg_proc
    where pronamespace = to_regnamespace(quote_ident(p_schema)) and proname = p_name
      and (pg_get_function_arguments(oid) <> p_arguments or pg_get_function_result(oid) <> p_result)
  loop
    execute format('drop routine %s', v_routine);
  end loop;
end
$$;

create or replace function log.refuse_row_count(p_type text, p_rows int, p_events int) returns void
language plpgsql
as $$
begin
  raise exception using errcode = 'LG006',
    message = format('of %s rows for log.%s, %s were written', p_events, p_type, p_rows),
    hint = 'A rule or a trigger was added to the table; `epistle install` removes it.';
end
$$;

-- Makes log.append_rows(events of one type, positions, recorded_at). One function for all event types:
-- to call another by a name made up at run time is planned at each call, which takes longer than
-- writing the row.
create or replace procedure log.make_append_rows()
language plpgsql
as $outer$
declare
  v_inserts text;
begin
  select string_agg(branch, E'\n        ' order by type) into v_inserts from log.rows_from_json();
  call log.drop_other_forms('log', 'append_rows', 'p_type text, p_events log.new_event[], '
    'p_positions bigint[], p_recorded_at timestamp with time zone', 'void');
  execute format($create$
    create or replace function log.append_rows(
      p_type text, p_events log.new_event[], p_positions bigint[], p_recorded_at timestamptz
    ) returns void
    language plpgsql set search_path = log, pg_temp
    as $body$
    declare
      v_data jsonb;
      v_rows int;
    begin
      case p_type
        %1$s
      end case;
      if v_rows <> cardinality(p_events) then
        perform refuse_row_count(p_type, v_rows, cardinality(p_events));
      end if;
    end
    $body$ $create$, v_inserts);
  revoke execute on function log.append_rows(text, log.new_event[], bigint[], timestamptz) from public;
end
$outer$;

-- Makes log.lock_tables(events), which locks log.events and the tables of the events by name.
create or replace procedure log.make_lock_tables()
language plpgsql
as $outer$
declare
  v_locks text;
begin
  select string_agg(
      case name when 'events' then format('lock table %I in row exclusive mode;', name)
      else format('if %1$L = any (v_types) then lock table %1$I in row exclusive mode; end if;', name)
      end, E'\n      ' order by name collate "C")
    into v_locks
    from (select type from log.event_types union all select 'events') as tables (name);
  call log.drop_other_forms('log', 'lock_tables', 'p_events log.new_event[]', 'void');
  execute format($create$
    create or replace function log.lock_tables(p_events log.new_event[]) returns void
    language plpgsql set search_path = log, pg_temp
    as $body$
    declare
      v_types text[] := array(select type from unnest(p_events));
    begin
      %1$s
    end
    $body$ $create$, v_locks);
  revoke execute on function log.lock_tables(log.new_event[]) from public;
end
$outer$;

create or replace procedure log.make_rows()
language plpgsql
as $$
begin
  if exists (select from log.event_types) then  -- else the first event table makes them
    call log.make_lock_tables();
    call log.make_append_rows();
  end if;
end
$$;
