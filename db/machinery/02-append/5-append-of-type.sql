-- Append of one type: for each event type two functions that append single events of this type alone:
-- log.append_<type> a batch of them, and log.append1_<type> one event, without arrays.
--
-- Both promise what log.append promises, at about half the cost of one event: they read no JSON, and write the
-- headers with one statement and the rows with another. The rules that the guards of 01-log check for all other
-- writers hold here by construction, so the guards skip the inserts of a transaction while epistle.appending
-- has its id. Leaves to the general path (4-append-batch.sql) each batch with a refusal, and each transaction
-- that has written to the log before.

-- The columns of an event's data. An event type has no functions of its own if one of them is an array, a row or
-- json: unnest would take arrays and rows apart, and json would keep its spelling on this path but not on the
-- general one. Nor has the type that records erasures, whose guard must run.
create or replace function log.data_columns(p_type text)
returns table (n bigint, name text, parameter text, type text, is_element boolean)
language sql stable set search_path = pg_catalog
as $$
  select row_number() over (order by a.attnum), a.attname, quote_ident('data_' || a.attname),
    format_type(a.atttypid, null),
    t.typcategory not in ('A', 'C', 'P') and t.oid <> 'json'::regtype and octet_length(a.attname) <= 58
  from pg_attribute a join pg_type t on t.oid = a.atttypid
  where a.attrelid = to_regclass(format('log.%I', p_type)) and a.attnum > 0 and not a.attisdropped
    and a.attname not in ('position', 'recorded_at')
$$;

-- The values of a whole row, in the order of its table's columns.
create or replace function log.row_values(p_type text, p_data text, p_position text) returns text
language sql stable
as $$
  select string_agg(case attname when 'position' then p_position when 'recorded_at' then 'v_at'
      else format(p_data, (select n from log.data_columns(p_type) where name = attname),
        quote_ident('data_' || attname)) end, ', ' order by attnum)
  from pg_attribute
  where attrelid = to_regclass(format('log.%I', p_type)) and attnum > 0 and not attisdropped
$$;

-- Raises LG005 for headers after a position that the session inserted while it inserted those up to there.
create or replace function log.refuse_nested(p_last bigint) returns void
language plpgsql
as $$
begin
  raise exception using errcode = 'LG005',
    message = format('an event was inserted within the insert of another, after position %s', p_last),
    hint = 'A trigger was added to a table of the log; `epistle status` names it.';
end
$$;

-- Makes one of the two functions of a type. Both have this text, so that each rule stands here once. p_part has
-- where they differ: the parameters, the count of events, "keys" (null where no request expects any) and
-- "expected" (the keys that requests expect), "accepted" (whether their table is known to accept them), "erased"
-- (whether the event is known to be about an erased user), how positions are drawn, the sources of headers and of
-- rows, the statement that keeps several rows, "versions" (to compare 1 with each), the call that projects, and
-- "arrays", a list for the general path.
create or replace procedure log.make_append_function(
  p_name text, p_type text, p_stream text, p_part jsonb, p_comment text
)
language plpgsql
as $outer$
declare
  v_columns text;
  v_aliases text;
  v_json text;
begin
  select string_agg(quote_ident(name), ', ' order by n), string_agg('c' || n, ', ' order by n),
      string_agg(format('%L, c%s', name, n), ', ' order by n)
    into v_columns, v_aliases, v_json
    from log.data_columns(p_type);
  call log.drop_other_forms('log', p_name, p_part ->> 'parameters', 'jsonb');
  execute format($create$
    create or replace function log.%1$I(%2$s) returns jsonb
    language plpgsql security definer set search_path = log, read, pg_temp
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off
    as $body$
    -- The expression of the person has names of columns.
    #variable_conflict use_column
    declare
      v_count int := %3$s;
      v_asked_at timestamptz;
      v_waited_ms float8;
      v_at timestamptz;
      v_live text[];
      v_accepted boolean;
      v_erased boolean;
      v_before bigint;
      v_first bigint;
      v_last bigint;
      v_headers int;
      v_rows int;
      v_events log.%4$I[];
      v_apart boolean := true;
      v_void text;
    begin
      -- All before the first subtransaction: a lock taken inside one that is rolled back is released.
      lock table %5$s in row exclusive mode;
      v_asked_at := clock_timestamp();
      v_void := take_append_lock();
      v_waited_ms := date_part('epoch', clock_timestamp() - v_asked_at) * 1000;
      if v_count > 0 and row_position() is null
          and not (v_count > 1 and %6$s is not null and changes_expected(%4$L)) then
        <<of_type>>
        begin
          -- After the lock, and with a snapshot of its own, as the function is volatile and the transaction read
          -- committed. So it sees all that earlier holders of the lock wrote. Its plan is made again where they
          -- changed what accepted_keys asks.
          select before.position, greatest(clock_timestamp(), before.recorded_at),
              array(select t.name from read.tables t where t.state = 'live'), %19$s, %20$s
            into v_before, v_at, v_live, v_accepted, v_erased
            from (select) one left join (
              select e.position, e.recorded_at from events e order by e.position desc limit 1) before on true;
          -- Refuses one event of an ended session, and asks a read table that is demoted or has no <table>_accepts.
          -- A batch always asks its read table here, at no more cost, and its projecting function looks for erased
          -- users. The general path refuses an event about one.
          if v_erased or %6$s is not null and (v_accepted and read_table = any (v_live)) is not true then
            exit of_type when v_erased;
            v_void := check_read_tables(read_table, %7$s, v_live);
          end if;
          %8$s
          v_void := set_config('epistle.appending', pg_current_xact_id()::text, true);
          insert into events (position, id, stream_id, stream_version, type, recorded_at, metadata)
          %9$s;
          get diagnostics v_headers = row_count;
          insert into %4$I (%10$s, recorded_at, position)
          %11$s;
          get diagnostics v_rows = row_count;
          %12$s
          if v_first <= v_before then
            v_void := refuse_header_order(v_first, v_last, v_at, v_at, v_before, v_at, false);
          end if;
          -- A trigger that was added can insert, too, and the guards have left that alone.
          if currval('events_position_seq') <> v_last then
            v_void := refuse_nested(v_last);
          end if;
          if v_headers <> v_count or v_rows <> v_count then
            v_void := refuse_row_count(%4$L, least(v_headers, v_rows), v_count);
          end if;
          -- Where all versions are 1, each event begins a stream: two cannot both have version 1 of one stream.
          if 1 <> %13$s then
            v_void := check_versions(v_first);
            if v_count > 1 then
              v_apart := v_count = (select count(distinct e.%14$I) from unnest(v_events) e);
            end if;
          end if;
          v_void := set_row_position(v_last);  -- rows of earlier headers may not follow
          -- From here on the guards watch again, also what a trigger of a read table inserts.
          v_void := set_config('epistle.appending', '', true);
          v_void := %15$s;
          v_void := pg_notify('epistle_log', '');
          return jsonb_build_object(
            'position', v_first::text, 'recorded_at', v_at, 'waited_ms', v_waited_ms);
        exception when integrity_constraint_violation then
          null;  -- what was refused, and what remains, is the result of the general path
        end;
      end if;
      return jsonb_build_object('waited_ms', v_waited_ms, 'results', append_in_tries(array(
          select row(n, 1, 1, e.id, e.stream_id, e.version, %4$L, coalesce(e.metadata, '{}'),
            jsonb_build_object(%16$s), case when e.key is not null then
              jsonb_build_array(jsonb_build_object('read_table', read_table, 'key', e.key)) end)::new_event
          from unnest(%17$s) with ordinality e (id, version, metadata, key, stream_id, %18$s, n)),
        v_count, next_recorded_at()));
    end
    $body$ $create$, p_name, p_part ->> 'parameters', p_part ->> 'count', p_type,
    (select string_agg(quote_ident(name), ', ' order by name collate "C")
      from unnest(array['events', p_type]) name),
    p_part ->> 'keys', p_part ->> 'expected', p_part ->> 'draw', p_part ->> 'headers', v_columns,
    p_part ->> 'rows', p_part ->> 'events', p_part ->> 'versions', p_stream, p_part ->> 'project', v_json,
    p_part ->> 'arrays', v_aliases, p_part ->> 'accepted',
    p_part ->> 'erased');
  execute format('revoke execute on function log.%I from public', p_name);
  execute format('comment on function log.%I is %L', p_name, p_comment
    || ' Returns {"position", "recorded_at", "waited_ms"}: the position and time of the first event, which the '
    'others follow without a gap, and how long the call waited for the append lock. If the general path '
    'appended the events, returns {"results", "waited_ms"} instead, with the results that log.append gives.');
  call engine.record_function(p_name, p_type);
end
$outer$;

-- Makes log.append_<type>(ids, versions, metadata, read_table, keys, data_<column> ...) and
-- log.append1_<type>(id, version, metadata, read_table, key, data_<column> ...). The stream of an event is in the
-- column that log.event_table names, so a header and its row cannot differ.
create or replace procedure log.make_append_of_type(p_type text, p_stream text)
language plpgsql
as $outer$
declare
  v_stream text := quote_ident('data_' || p_stream);
  v_possible boolean;
  v_data text;       -- a parameter for each column, separated by commas
  v_one text;        -- the same with their types
  v_several text;    -- the same with the types of arrays
  v_arrays text;     -- an array of one element for each
  v_aliases text;
  v_elements text;
begin
  select bool_and(is_element) and bool_or(name = p_stream and type = 'uuid')
        and engine.family_of(p_type) <> 'user_forgotten',
      string_agg(parameter, ', ' order by n),
      string_agg(format('%s %s', parameter, type), ', ' order by n),
      string_agg(format('%s %s[]', parameter, type), ', ' order by n),
      string_agg(format('array[%s]', parameter), ', ' order by n),
      string_agg('c' || n, ', ' order by n)
    into v_possible, v_data, v_one, v_several, v_arrays, v_aliases
    from log.data_columns(p_type);
  if not v_possible then
    call log.drop_other_forms('log', 'append_' || p_type, '', '');
    call log.drop_other_forms('log', 'append1_' || p_type, '', '');
    delete from engine.functions where name in ('append_' || p_type, 'append1_' || p_type);
    return;
  end if;
  v_elements := format('from unnest(%s) with ordinality e (%s, n)', v_data, v_aliases);
  call log.make_append_function('append_' || p_type, p_type, p_stream, jsonb_build_object(
    'parameters', 'ids uuid[], versions integer[], metadata jsonb[], read_table text, keys uuid[], ' || v_several,
    'count', 'cardinality(ids)',
    'keys', $keys$nullif(array_remove(keys, null), '{}')$keys$,
    'expected', 'array_remove(keys, null)',
    'accepted', 'false',
    'erased', 'false',
    'draw', $draw$select min(drawn), max(drawn) into v_first, v_last
            from (select nextval('events_position_seq') as drawn from generate_series(1, v_count)) positions;
          -- Another session can draw a position without the lock.
          exit of_type when v_last <> v_first + v_count - 1;$draw$,
    'headers', format('select v_first + e.n - 1, e.id, e.stream_id, e.version, %L, v_at, e.metadata
          from unnest(ids, %s, versions, metadata) with ordinality e (id, stream_id, version, metadata, n)',
      p_type, v_stream),
    'rows', format('select %s, v_at, v_first + n - 1 %s', v_aliases, v_elements),
    'events', format('v_events := array(select row(%s)::%I %s);',
      log.row_values(p_type, 'c%1$s', 'v_first + n - 1'), p_type, v_elements),
    'versions', 'any (versions)',
    'project', format('%I(v_events, v_apart, v_live)', p_type || '_project'),
    'arrays', concat_ws(', ', 'ids, versions, metadata, keys', v_stream, v_data)),
    'Appends single events of this type as log.append does, one for each element of the arrays, which have '
    'equal lengths. keys are what the requests expect of read_table: null where a request expects nothing.');
  call log.make_append_function('append1_' || p_type, p_type, p_stream, jsonb_build_object(
    'parameters', 'id uuid, version integer, metadata jsonb, read_table text, key uuid, ' || v_one,
    'count', '1',
    'keys', 'key',
    'expected', 'array[key]',
    'accepted', 'exists (select from accepted_keys(read_table, key))',
    'erased', engine.is_erased(p_type, v_data),
    'draw', $draw$v_first := nextval('events_position_seq');
          v_last := v_first;$draw$,
    'headers', format('values (v_first, id, %s, version, %L, v_at, metadata)', v_stream, p_type),
    'rows', format('values (%s, v_at, v_first)', v_data),
    'events', '',
    'versions', 'version',
    'project', format('%I(row(%s)::%I, v_live)', p_type || '_alone',
      log.row_values(p_type, '%2$s', 'v_first'), p_type),
    'arrays', format('array[id], array[version], array[metadata], array[key], array[%s], %s', v_stream, v_arrays)),
    'Appends one event of this type as log.append does, at less cost than log.append_<type>. key is what the '
    'request expects of read_table: null where it expects nothing.');
end
$outer$;
