-- log.append: the one way in which the service writes.
--
-- Promises: one call, one round trip, one transaction; every command gets its own verdict; a
-- refused one leaves nothing behind and does not touch its neighbours.
-- Lock order: the event tables of the batch by name, the append lock, then read tables in triggers.

-- Writes the commands p_first..p_last (1-based) of a batch, whole or not at all, and returns for
-- each, in order, where its last event went. The append lock is held by the caller.
--
-- One statement per run of events of one type, never a chain of data-modifying CTEs: their
-- triggers fire at the end and in reverse, so a message to a user registered in the same batch
-- would be refused. Arrays between the statements, because JSON made twice cost as much as a row.
create or replace function log.append_range(p_commands jsonb, p_first int, p_last int)
returns jsonb
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_recorded_at timestamptz := next_recorded_at();
  v_commands int[];  -- of each event, the number of its command
  v_ids uuid[];
  v_streams uuid[];
  v_versions int[];
  v_types text[];
  v_metadata jsonb[];
  v_data jsonb[];
  v_expects jsonb[];  -- of a command, beside its first event
  v_positions bigint[];
  v_last int;
  v_run int := 1;  -- where the present run of one type began
  v_verdicts jsonb[];
begin
  select array_agg(n), array_agg((event ->> 'id')::uuid), array_agg((event ->> 'stream_id')::uuid),
      array_agg((event ->> 'stream_version')::int), array_agg(event ->> 'type'),
      array_agg(event -> 'metadata'), array_agg(coalesce(event -> 'data', '{}')),
      array_agg(case nth when 1 then nullif(command -> 'expects', 'null') end)
    into v_commands, v_ids, v_streams, v_versions, v_types, v_metadata, v_data, v_expects
    from (
      select n, command, nth, event
      from jsonb_array_elements(p_commands) with ordinality c (command, n),
        jsonb_array_elements(command -> 'events') with ordinality e (event, nth)
      where n between p_first and p_last
      order by n, nth) events;
  v_last := cardinality(v_types);

  with written as (
    insert into events (id, stream_id, stream_version, type, recorded_at, metadata)
    select coalesce(id, uuid_v7()), stream_id, version, type, v_recorded_at, coalesce(metadata, '{}')
    from unnest(v_ids, v_streams, v_versions, v_types, v_metadata) with ordinality
      as event (id, stream_id, version, type, metadata, n)
    order by n
    returning position
  )
  select array_agg(position order by position) into v_positions from written;

  for i in 1..v_last loop
    if v_expects[i] is not null then
      perform check_expects(v_expects[i], v_positions[i]);
    end if;
    if i = v_last or v_commands[i] <> v_commands[i + 1] then
      v_verdicts := v_verdicts || jsonb_build_object(
        'position', v_positions[i]::text, 'recorded_at', v_recorded_at);
    end if;
  end loop;
  for i in 1..v_last loop
    if i = v_last or v_types[i] <> v_types[i + 1] then
      execute format('select %I($1, $2, $3)', v_types[i] || '_append')
        using v_data[v_run:i], v_positions[v_run:i], v_recorded_at;
      v_run := i + 1;
    end if;
  end loop;
  return to_jsonb(v_verdicts);
end
$$;

-- What else a command was decided on must still stand where its first event, at p_position, found it.
create or replace function log.check_expects(p_expects jsonb, p_position bigint) returns void
language plpgsql set search_path = log, pg_temp
as $$
begin
  if exists (
      select from jsonb_array_elements(p_expects) x
      where case when x ->> 'stream_id' is null then -1 else (x ->> 'version')::int end
        is distinct from coalesce((
          select max(stream_version) from events
          where stream_id = (x ->> 'stream_id')::uuid and position < p_position), 0)) then
    raise exception using errcode = 'unique_violation', schema = 'log', table = 'events',
      constraint = 'events__version_conflict',
      message = 'a stream that the command was decided on has moved on';
  end if;
end
$$;

-- Why a command of several events is refused: the verdict for the first event with which it fails,
-- found by bisection. What is found good stays until the end, so that each half is tried on top of
-- it rather than anew; then all is undone.
create or replace function log.refusal_within(p_command jsonb, p_verdict jsonb) returns jsonb
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_verdict jsonb := p_verdict;
  v_low int := 1;
  v_high int := jsonb_array_length(p_command -> 'events');
  v_middle int;
  v_sqlstate text;
  v_constraint text;
begin
  while v_low < v_high loop
    v_middle := (v_low + v_high) / 2;
    begin
      perform append_range(jsonb_build_array(jsonb_set(
        -- What else it was decided on is said of its first event.
        case v_low when 1 then p_command else p_command - 'expects' end, '{events}',
        jsonb_path_query_array(p_command, '$.events[$first to $last]',
          jsonb_build_object('first', v_low - 1, 'last', v_middle - 1)))), 1, 1);
      v_low := v_middle + 1;
    exception
      when integrity_constraint_violation then
        get stacked diagnostics v_sqlstate = returned_sqlstate, v_constraint = constraint_name;
        v_verdict := jsonb_build_object(
          'sqlstate', v_sqlstate, 'constraint', nullif(v_constraint, ''));
        v_high := v_middle;
    end;
  end loop;
  raise exception using errcode = 'LG007', message = 'what was good of it is undone';
exception
  when sqlstate 'LG007' then
    return v_verdict || jsonb_build_object('event', v_low - 1);
end
$$;

create or replace function log.append(commands jsonb) returns jsonb
language plpgsql security definer set search_path = log, pg_temp
as $$
declare
  v_total int := jsonb_array_length(commands);
  v_types text[];
  v_unknown text;
  v_verdicts jsonb[] := array_fill('null'::jsonb, array[v_total]);
  v_ranges int[] := array[v_total, 1];  -- a stack of open ranges, each pushed as last, first
  v_first int;
  v_last int;
  v_written jsonb;
  v_tries int := 0;
  v_inner int;
  v_sqlstate text;
  v_constraint text;
begin
  if exists (
      select from jsonb_array_elements(commands) c
      where jsonb_typeof(c -> 'events') is distinct from 'array' or c -> 'events' = '[]') then
    raise exception using errcode = 'invalid_parameter_value',
      message = 'a command without events cannot be appended';
  end if;
  if v_total = 0 then
    return '[]';
  end if;
  select array_agg(distinct e ->> 'type' collate "C") into v_types
    from jsonb_array_elements(commands) c, jsonb_array_elements(c -> 'events') e;
  select name into v_unknown
    from unnest(v_types) name where not exists (select from event_types where type = name);
  if found then
    raise exception using errcode = 'LG004',
      message = format('%s is no event type of an installed release', v_unknown);
  end if;

  -- Tables, then the append lock, both before the first subtransaction: a lock taken inside one
  -- that is rolled back is released.
  execute format('lock table %s in row exclusive mode', (
    select string_agg(format('%I', name), ', ' order by name collate "C")
    from unnest(v_types || 'events'::text) name));
  perform take_append_lock();

  -- 60 tries at most: past 64 subtransactions every snapshot in the server becomes slower. What
  -- is left over then has the verdict null: not tried, send it again.
  while cardinality(v_ranges) > 0 and v_tries < 60 loop
    v_first := v_ranges[cardinality(v_ranges)];
    v_last := v_ranges[cardinality(v_ranges) - 1];
    v_ranges := trim_array(v_ranges, 2);
    v_tries := v_tries + 1;
    begin
      v_written := append_range(commands, v_first, v_last);
      for i in v_first..v_last loop
        v_verdicts[i] := v_written -> (i - v_first);
      end loop;
    exception when integrity_constraint_violation then
      if v_first = v_last then
        get stacked diagnostics v_sqlstate = returned_sqlstate, v_constraint = constraint_name;
        v_verdicts[v_first] :=
          jsonb_build_object('sqlstate', v_sqlstate, 'constraint', nullif(v_constraint, ''));
        v_inner := jsonb_array_length(commands -> (v_first - 1) -> 'events');
        if v_inner > 1 then
          v_verdicts[v_first] := refusal_within(commands -> (v_first - 1), v_verdicts[v_first]);
          v_tries := v_tries + ceil(log(2, v_inner))::int;
        end if;
      else
        v_ranges := v_ranges
          || array[v_last, (v_first + v_last) / 2 + 1, (v_first + v_last) / 2, v_first];
      end if;
    end;
  end loop;
  return to_jsonb(v_verdicts);
end
$$;
comment on function log.append(jsonb) is
  'Appends a batch of commands, [{"events": [{"id"?, "stream_id", "stream_version", "type", '
  '"metadata"?, "data": {column: value}}], "expects"?: [{"stream_id", "version"}]}], each whole or '
  'not at all, in order. Answers a verdict for each: {"position", "recorded_at"} of its last event; '
  'or {"sqlstate", "constraint", "event"?} of the integrity violation that refused it, and of several '
  'events the first (from 0) with which it fails; or null: not tried.';
