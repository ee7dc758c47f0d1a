-- Rows: for each event table the function by which log.append writes its rows from JSON.
--
-- Promises one statement with a plan that a connection keeps, whatever the number of rows, and that
-- nothing is lost without a word: what has no column is refused. Made anew by install when this text
-- has changed. (jsonb_populate_recordset, planned at each call, took one and a half times as long.)

-- How a column is read from the JSON in data. Without the type's length: a cast would cut, an
-- assignment refuses.
create or replace function log.column_from_json(p_table regclass, p_column name, p_type oid)
returns text
language sql stable
as $$
  select case
      when typcategory in ('A', 'C') or oid in ('json'::regtype, 'jsonb'::regtype) then format(
        '(jsonb_populate_record(null::%s, data)).%I', p_table, p_column)
      else format('(data ->> %L)::%s', p_column, format_type(oid, null))
    end
  from pg_type where oid = p_type
$$;

-- Makes, for all event types there are, log.lock_tables(types), which locks their tables, and
-- log.append_rows(type, data, positions, recorded_at). One function knows them all: to call another by
-- a name made up at run time is planned anew each time, which takes longer than writing the row.
create or replace procedure log.make_rows()
language plpgsql
as $outer$
declare
  v_locks text;
  v_inserts text;
begin
  if not exists (select from log.event_types) then
    return;  -- the first event table makes them
  end if;
  -- Of the tables of the batch and the headers, in the order of their names.
  select string_agg(
      case name when 'events' then format('lock table %I in row exclusive mode;', name)
      else format('if %1$L = any (p_types) then lock table %1$I in row exclusive mode; end if;', name)
      end, E'\n      ' order by name collate "C")
    into v_locks
    from (select type from log.event_types union all select 'events') as tables (name);
  execute format($create$
    create or replace function log.lock_tables(p_types text[]) returns void
    language plpgsql set search_path = log, pg_temp
    as $body$
    begin
      %1$s
    end
    $body$ $create$, v_locks);

  select string_agg(log.rows_from_json(type), E'\n        ' order by type) into v_inserts
    from log.event_types;
  execute format($create$
    create or replace function log.append_rows(
      p_type text, p_data jsonb[], p_positions bigint[], p_recorded_at timestamptz
    ) returns void
    language plpgsql set search_path = log, pg_temp
    as $body$
    declare
      v_data jsonb;
    begin
      case p_type
        %1$s
      end case;
    end
    $body$ $create$, v_inserts);
  revoke execute on function log.lock_tables(text[]) from public;
  revoke execute on function log.append_rows(text, jsonb[], bigint[], timestamptz) from public;
end
$outer$;

-- The branch of log.append_rows for one event type.
create or replace function log.rows_from_json(p_type text) returns text
language sql stable
as $outer$
  select format($branch$when %1$L then
          select data into v_data from unnest(p_data) data where data - %4$L::text[] <> '{}' limit 1;
          if found then
            raise exception using errcode = 'undefined_column', message = format(
              '%1$s takes no %%s from an event''s data',
              (select min(key) from jsonb_object_keys(v_data - %4$L::text[]) key));
          end if;
          insert into %1$I (%2$s, recorded_at, position)
          select %3$s, p_recorded_at, position
          from unnest(p_data, p_positions) as event (data, position);$branch$,
      p_type,
      string_agg(quote_ident(attname), ', ' order by attnum),
      string_agg(log.column_from_json(attrelid, attname, atttypid), ', ' order by attnum),
      array_agg(attname order by attnum))
    from pg_attribute
    where attrelid = to_regclass(format('log.%I', p_type)) and attnum > 0 and not attisdropped
      and attname not in ('position', 'recorded_at')
$outer$;
