-- Replays: the functions that project history into a read table, to build, verify or show it.
--
-- Promises that a replay stops at a header without its row (SQLSTATE LG006) instead of skipping it, and
-- names the event that a projection refused. What runs under the append lock is one call, because every
-- writer waits for it.

-- Makes <schema>.<table>_replay(after, upto, run, rest). It projects the events with
-- after < position <= upto in runs of one type, of at most `run` events, and returns how many events.
-- If the projections read much of a table because its indexes were deferred, it makes those indexes.
-- After each 2 ms of work it rests for `rest` ms, not at all if 0: a session that computes without a
-- pause keeps a processor for a whole turn of the scheduler, and an append would wait that long for it.
create or replace procedure engine.make_replay(
  p_table text, p_schema text, p_types text[], p_blocks text
)
language plpgsql
as $outer$
begin
  call log.drop_other_forms(p_schema, p_table || '_replay',
    'p_after bigint, p_upto bigint, p_run integer, p_rest integer DEFAULT 0', 'bigint');
  execute format($create$
    create or replace function %1$I.%2$I(
      p_after bigint, p_upto bigint, p_run int, p_rest int default 0
    ) returns bigint
    language plpgsql set search_path = %3$s
    as $body$
    declare
      v_run record;
      v_position bigint;
      v_count bigint;
      v_total bigint := 0;
      v_since timestamptz := clock_timestamp();
      v_table constant regclass := %7$L;
      v_deferred boolean := exists (select from engine.deferred_indexes where relation = v_table);
      v_scanned bigint := pg_stat_get_xact_tuples_returned(v_table);
      v_sqlstate text;
      v_message text;
      v_constraint text;
      v_detail text;
    begin
      for v_run in
        select type, position as first, coalesce(lead(position) over runs - 1, p_upto) as last,
          coalesce(lead(n) over runs, total + 1) - n as events
        from (
          select type, position, row_number() over log as n, count(*) over () as total,
            type is distinct from lag(type) over log or (row_number() over log - 1) %% p_run = 0 as begins
          from log.events
          where position > p_after and position <= p_upto and type = any (%4$L)
            and position not in (select v.position from log.void_headers v)
          window log as (order by position)) numbered
        where begins
        window runs as (order by position)
        order by position
      loop
        v_position := v_run.first;
        case v_run.type
          %5$s
        end case;
        if v_count <> v_run.events then
          raise exception using errcode = 'LG006', message = format(
            'between positions %%s and %%s are %%s headers of %%s, but %%s rows',
            v_run.first, v_run.last, v_run.events, v_run.type, v_count),
            hint = 'Each header of the log must have a row with its position in the table of its type.';
        end if;
        v_total := v_total + v_count;
        if v_deferred and pg_stat_get_xact_tuples_returned(v_table) - v_scanned > 1000 + 50 * v_total then
          call engine.make_deferred_indexes(v_table);
          v_deferred := false;
        end if;
        if p_rest > 0 and clock_timestamp() > v_since + interval '2 milliseconds' then
          perform pg_sleep(p_rest / 1000.0);
          v_since := clock_timestamp();
        end if;
      end loop;
      return v_total;
    exception when integrity_constraint_violation then
      get stacked diagnostics v_sqlstate = returned_sqlstate, v_message = message_text,
        v_constraint = constraint_name, v_detail = pg_exception_detail;
      -- The event is reported in fields of the error, so that no caller has to parse the message.
      raise exception using errcode = v_sqlstate, schema = %1$L, table = %6$L,
        constraint = v_constraint, detail = v_detail, message = v_message,
        column = v_position::text, datatype = v_run.type;
    end
    $body$ $create$,
    p_schema, p_table || '_replay', engine.path_of(p_schema), p_types, p_blocks, p_table,
    format('%I.%I', p_schema, p_table));
  execute format('revoke execute on function %I.%I from public', p_schema, p_table || '_replay');
end
$outer$;

-- Makes the replays of read tables that are there with their projections, or with those of schema p_projections.
create or replace procedure engine.make_replays(
  p_tables text[], p_schema text, p_projections text default null
)
language plpgsql
as $$
declare
  v record;
begin
  for v in
    select c.read_table, array_agg(c.event_type order by c.event_type) as types,
      string_agg(format('when %L then %s', c.event_type,
        engine.projection_block(c.read_table, c.event_type, c.path, c.takes_array, format(
          'select * from log.%I where position between v_run.first and v_run.last order by position',
          c.event_type))), E'\n' order by c.event_type) as blocks
    from engine.cells_of(p_tables, coalesce(p_projections, p_schema)) c where c.kind not in ('ignored', 'none')
    group by c.read_table
  loop
    call engine.make_replay(v.read_table, p_schema, v.types, v.blocks);
  end loop;
end
$$;

-- Replays what follows a position into read tables that are there, in their order; returns the position of
-- the log's end. The caller has a snapshot, or holds the append lock. Where a run of events is refused it is
-- replayed one by one: an array projection can conflict within a run where single events do not.
create or replace function engine.replay_to_end(p_schema text, p_tables text[], p_after bigint)
returns bigint
language plpgsql
as $$
declare
  v_end bigint := (select coalesce(max(position), 0) from log.events);
  v_table text;
  v_call text;
begin
  foreach v_table in array p_tables loop
    v_call := format('select %I.%I($1, $2, $3)', p_schema, v_table || '_replay');
    begin
      execute v_call using p_after, v_end, 1000;
    exception when integrity_constraint_violation then
      execute v_call using p_after, v_end, 1;
    end;
  end loop;
  return v_end;
end
$$;

-- The cut-over: replays the last events into a table that is building, and sets it live. Returns false
-- where it is not building. From now on the file of the table must not change either.
create or replace function engine.cut_over(p_table text) returns boolean
language plpgsql
as $$
declare
  v_void text := log.take_append_lock();
  v_position bigint;
begin
  select position into v_position from read.tables
    where name = p_table and state = 'building' for update;
  if not found then
    return false;
  end if;
  v_position := engine.replay_to_end('read', array[p_table], v_position);
  update read.tables set state = 'live', live_at = clock_timestamp(), position = v_position
    where name = p_table;
  insert into log.release_files (release, file, sha256)
    select release, file, sha256 from read.tables where name = p_table
    on conflict (release, file) do nothing;
  return true;
end
$$;
