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

-- Makes log.<type>_append(data, positions, recorded_at).
create or replace procedure log.make_rows(p_type text)
language plpgsql
as $outer$
declare
  v_table regclass := to_regclass(format('log.%I', p_type));
  v_columns text;
  v_values text;
  v_names name[];
begin
  select string_agg(quote_ident(attname), ', ' order by attnum),
      string_agg(log.column_from_json(v_table, attname, atttypid), ', ' order by attnum),
      array_agg(attname order by attnum)
    into v_columns, v_values, v_names
    from pg_attribute
    where attrelid = v_table and attnum > 0 and not attisdropped
      and attname not in ('position', 'recorded_at');
  execute format($create$
    create or replace function log.%1$I(
      p_data jsonb[], p_positions bigint[], p_recorded_at timestamptz
    ) returns void
    language plpgsql set search_path = log, pg_temp
    as $body$
    declare
      v_key text;
    begin
      select key into v_key
        from unnest(p_data) data cross join lateral jsonb_object_keys(data - %5$L::text[]) key
        limit 1;
      if found then
        raise exception using errcode = 'undefined_column',
          message = format('%2$s takes no %%s from an event''s data', v_key);
      end if;
      insert into %2$I (%3$s, recorded_at, position)
      select %4$s, p_recorded_at, position
      from unnest(p_data, p_positions) as event (data, position);
    end
    $body$ $create$, p_type || '_append', p_type, v_columns, v_values, v_names);
  execute format('revoke execute on function log.%I from public', p_type || '_append');
end
$outer$;
