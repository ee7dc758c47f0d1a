-- Tables as of a position: a read table as the log had made it by an earlier event, for the login of the servers.
--
-- That login may create nothing, so two functions do it with the owner's rights. Each makes copies of the table and of
-- the tables that its projections look up, in a schema of its own, replays the log into them, reads them, and undoes all
-- but the result. No other session ever sees a copy, and none is left after an error or a crash.
--
-- Promises no right but to read, and nothing that the caller could not read otherwise. What runs are the installed
-- projections and casts. Names come from the catalogue, and the rest of the arguments are values. pg_temp is last in
-- every search_path, so no temporary table of the caller takes the place of a copy.
-- Takes no lock but those of a reader: not the append lock, and the read table for a moment before the copy is
-- complete, to see its indexes.
-- A replay that takes longer than a minute ends at its next step, whatever statement_timeout the session has.

-- Makes an empty copy of a read table from the catalogue, as its release's file is not in the database. Foreign keys are
-- left out, because they change no row. Indexes that enforce nothing are made only if the replay needs them
-- (8-deferred-indexes.sql).
create or replace procedure engine.copy_read_table(p_table text, p_schema text)
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_table constant regclass := format('read.%I', p_table)::regclass;
  v_copy constant text := format('%I.%I', p_schema, p_table);
  v_parts text[];
  v record;
begin
  v_parts := array(
    select concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
      (select format('collate %I.%I', n.nspname, c.collname)
       from pg_collation c join pg_namespace n on n.oid = c.collnamespace where c.oid = a.attcollation),
      case when d.oid is not null then
        format(case a.attgenerated when '' then 'default %s' else 'generated always as (%s) stored' end,
          pg_get_expr(d.adbin, d.adrelid)) end,
      case when a.attnotnull then 'not null' end)
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = v_table and a.attnum > 0 and not a.attisdropped
    order by a.attnum)
  || array(
    select format('constraint %I %s', conname, pg_get_constraintdef(oid))
    from pg_constraint where conrelid = v_table and contype in ('c', 'p', 'u', 'x')
    order by conname);
  -- Unlogged: the rows are not written to the WAL.
  execute format('create unlogged table %s (%s)', v_copy, array_to_string(v_parts, ', '));
  for v in
    select i.indisunique,
      replace(pg_get_indexdef(i.indexrelid), format(' ON %s ', v_table), format(' ON %s ', v_copy)) as definition
    from pg_index i
    where i.indrelid = v_table
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype <> 'f')
    order by i.indexrelid
  loop
    if v.indisunique then
      execute v.definition;
    else
      insert into engine.deferred_indexes (relation, definition) values (v_copy::regclass, v.definition);
    end if;
  end loop;
end
$$;

-- Makes the copies of a live read table and replays the log into them, up to a position; returns their schema. Rests for
-- p_rest ms after every two of work, so that writers get the processor. A replay has at most 20 steps: the transactions
-- of other sessions slow down when one has more than 64 subtransactions, and each call of a replay is one.
create or replace function engine.make_as_of(p_table text, p_position bigint, p_run int, p_rest int) returns text
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_schema constant text := 'as_of_' || pg_backend_pid();
  v_end constant bigint := least(p_position, (select coalesce(max(position), 0) from log.events));
  v_step constant bigint := greatest(10000, v_end / 20 + 1);
  v_after bigint := 0;
  v_tables text[];
  v_table text;
begin
  if not exists (select from read.tables where name = p_table and state = 'live') then
    raise exception using errcode = 'object_not_in_prerequisite_state',
      message = format('%s is not a live read table', p_table);
  end if;
  execute format('create schema %I', v_schema);
  v_tables := array(
    with recursive needed as (
      select p_table as name
      union
      select l.referred from needed join engine.look_ups() l using (name))
    select r.name from needed join engine.ranks() r using (name) order by r.rank, r.name);
  foreach v_table in array v_tables loop
    call engine.copy_read_table(v_table, v_schema);
  end loop;
  call engine.make_replays(v_tables, v_schema, 'read');
  while v_after < v_end loop
    if clock_timestamp() > statement_timestamp() + interval '1 minute' then
      raise exception using errcode = 'query_canceled',
        message = format('the replay reached position %s in a minute', v_after);
    end if;
    foreach v_table in array v_tables loop
      execute format('select %I.%I($1, $2, $3, $4)', v_schema, v_table || '_replay')
        using v_after, least(v_after + v_step, v_end), p_run, p_rest;
    end loop;
    v_after := v_after + v_step;
  end loop;
  return v_schema;
end
$$;

-- The same in runs of 250 events; event by event where a run is refused, for the reason of engine.replay_to_end.
create or replace function engine.replay_as_of(p_table text, p_position bigint) returns text
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  return engine.make_as_of(p_table, p_position, 250, 1);
exception when integrity_constraint_violation then
  return engine.make_as_of(p_table, p_position, 1, 1);
end
$$;

-- Columns of a read table by name, each written by a format: its argument 1 is the name, 2 the type and 3 the number in
-- p_columns. Refuses a name that the table does not have.
create or replace function engine.columns_of(p_table text, p_columns text[], p_format text) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_found constant text[] := array(
    select format(p_format, a.attname, format_type(a.atttypid, a.atttypmod), c.n)
    from unnest(p_columns) with ordinality c (name, n)
    join pg_attribute a on a.attname = c.name
      and a.attrelid = to_regclass(format('read.%I', p_table)) and a.attnum > 0 and not a.attisdropped
    order by c.n);
begin
  if cardinality(p_columns) > 0 and cardinality(v_found) = cardinality(p_columns) then
    return v_found;
  end if;
  raise exception using errcode = 'undefined_column',
    message = format('%s has no primary key, or not the columns %s', p_table, array_to_string(p_columns, ', '));
end
$$;

-- The columns of the primary key of a read table, in its order.
create or replace function engine.key_of(p_table text) returns text[]
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select array_agg(a.attname::text order by c.n)
  from pg_constraint k cross join unnest(k.conkey) with ordinality c (attnum, n)
  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = c.attnum
  where k.conrelid = to_regclass(format('read.%I', p_table)) and k.contype = 'p'
$$;

create or replace function log.rows_as_of(
  p_table text, p_position bigint, p_columns text[], p_offset int, p_limit int
) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_schema text;
  v_rows jsonb;
begin
  v_schema := engine.replay_as_of(p_table, p_position);
  execute format(
    $query$select coalesce(jsonb_agg(x.row order by x.place), '[]') from (
      select jsonb_build_array(%s) as row, row_number() over (order by %s) as place
      from %I.%I t order by place offset $1 limit $2) x$query$,
    array_to_string(engine.columns_of(p_table, p_columns, 't.%I::text'), ', '),
    array_to_string(engine.columns_of(p_table, engine.key_of(p_table), 't.%I'), ', '), v_schema, p_table)
    into v_rows using p_offset, p_limit;
  raise exception using errcode = 'LG007';
exception when sqlstate 'LG007' then
  return v_rows;
end
$$;
comment on function log.rows_as_of(text, bigint, text[], int, int) is
  'Rows of a live read table as of a position of the log, by primary key, with these columns as text. For servers.';

-- Joins the table as of then with the table as it is now. The rows of the page come after the key p_after or, without
-- one, after p_offset others.
create or replace function log.compare_as_of(
  p_table text, p_position bigint, p_columns text[], p_differing boolean, p_after text[], p_offset int, p_limit int
) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_schema text;
  v_key constant text := array_to_string(engine.columns_of(p_table, engine.key_of(p_table), '%I'), ', ');
  v_compared text;
  v_counts jsonb;
  v_rows jsonb;
begin
  v_schema := engine.replay_as_of(p_table, p_position);
  v_compared := format(
    $query$from %1$I.%2$I b full join read.%2$I n using (%3$s)
      cross join lateral (select case when b.%4$I is null then 'added' when n.%4$I is null then 'removed'
        when row(b.*) is distinct from row(n.*) then 'changed' else 'same' end as change) c$query$,
    v_schema, p_table, v_key, (engine.key_of(p_table))[1]);
  execute format(
    $query$select jsonb_build_object('added', count(*) filter (where c.change = 'added'),
        'changed', count(*) filter (where c.change = 'changed'), 'removed', count(*) filter (where c.change = 'removed'))
      %s$query$, v_compared) into v_counts;
  execute format(
    $query$select coalesce(jsonb_agg(x.row order by x.place), '[]') from (
      select row_number() over (order by %1$s) as place, jsonb_build_object(
          'change', c.change,
          'key', jsonb_build_array(%2$s),
          'earlier', case when c.change <> 'added' then jsonb_build_array(%3$s) end,
          'now', case when c.change <> 'removed' then jsonb_build_array(%4$s) end,
          'columns', case when c.change = 'changed' then array_remove(array[%5$s], null) else '{}' end) as row
      %6$s
      where (c.change <> 'same' or not $1) and %7$s
      order by place offset $3 limit $4) x$query$,
    v_key,
    array_to_string(engine.columns_of(p_table, engine.key_of(p_table), '%I::text'), ', '),
    array_to_string(engine.columns_of(p_table, p_columns, 'b.%I::text'), ', '),
    array_to_string(engine.columns_of(p_table, p_columns, 'n.%I::text'), ', '),
    array_to_string(engine.columns_of(p_table, p_columns,
      'case when b.%1$I is distinct from n.%1$I then %1$L::text end'), ', '),
    v_compared,
    case when p_after is null then 'true' else format('row(%s) > row(%s)', v_key,
      array_to_string(engine.columns_of(p_table, engine.key_of(p_table), '$2[%3$s]::%2$s'), ', ')) end)
    into v_rows using p_differing, p_after, p_offset, p_limit;
  raise exception using errcode = 'LG007';
exception when sqlstate 'LG007' then
  return v_counts || jsonb_build_object('rows', v_rows);
end
$$;
comment on function log.compare_as_of(text, bigint, text[], boolean, text[], int, int) is
  'Rows of a live read table as of a position of the log beside the rows of now, by primary key, with what differs, and '
  'how many rows of the table do. For servers.';
