-- log.append: the one way in which the service writes.
--
-- Promises: one call, one round trip, one transaction; every command gets its own verdict; a
-- refused one leaves nothing behind and does not touch its neighbours.
-- Lock order: the event tables of the batch by name, the append lock, then read tables in triggers.

-- Writes events, all or none, and returns their positions, in order. The append lock is held by the
-- caller.
--
-- One statement per run of events of one type, never a chain of data-modifying CTEs: their
-- triggers fire at the end and in reverse, so a message to a user registered in the same batch
-- would be refused.
create or replace function log.append_events(
  p_ids uuid[], p_streams uuid[], p_versions int[], p_types text[], p_metadata jsonb[],
  p_data jsonb[], p_expects jsonb[], p_recorded_at timestamptz
) returns bigint[]
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_last int := cardinality(p_types);
  v_positions bigint[];
  v_run int := 1;  -- where the present run of one type began
  v_done text;
begin
  for i in 1..v_last loop
    v_positions[i] := nextval('events_position_seq');
  end loop;
  insert into events (position, id, stream_id, stream_version, type, recorded_at, metadata)
  select position, coalesce(id, uuid_v7()), stream_id, version, type, p_recorded_at, metadata
  from unnest(v_positions, p_ids, p_streams, p_versions, p_types, p_metadata)
    as event (position, id, stream_id, version, type, metadata);

  for i in 1..v_last loop
    if p_expects[i] is not null then
      perform check_expects(p_expects[i], v_positions[i]);
    end if;
    if i = v_last or p_types[i] <> p_types[i + 1] then
      v_done := append_rows(p_types[i], p_data[v_run:i], v_positions[v_run:i], p_recorded_at);
      v_run := i + 1;
    end if;
  end loop;
  return v_positions;
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
create or replace function log.refusal_within(
  p_ids uuid[], p_streams uuid[], p_versions int[], p_types text[], p_metadata jsonb[],
  p_data jsonb[], p_expects jsonb[], p_recorded_at timestamptz, p_verdict jsonb
) returns jsonb
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_verdict jsonb := p_verdict;
  v_low int := 1;
  v_high int := cardinality(p_types);
  v_middle int;
  v_sqlstate text;
  v_constraint text;
begin
  while v_low < v_high loop
    v_middle := (v_low + v_high) / 2;
    begin
      perform append_events(p_ids[v_low:v_middle], p_streams[v_low:v_middle],
        p_versions[v_low:v_middle], p_types[v_low:v_middle], p_metadata[v_low:v_middle],
        p_data[v_low:v_middle], p_expects[v_low:v_middle], p_recorded_at);
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
-- Here and in the guards plans are made once a connection, not once a call; projections have their own.
-- A connection may make them while tables are empty, and would read them whole once they are not.
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
declare
  v_total int := jsonb_array_length(commands);
  -- The events, each in its place in every array: JSON taken apart anew for each try was dearer.
  v_commands int[];  -- of each event, the number of its command
  v_ids uuid[];
  v_streams uuid[];
  v_versions int[];
  v_types text[];
  v_metadata jsonb[];
  v_data jsonb[];
  v_expects jsonb[];  -- of a command, beside its first event
  v_begun int;  -- commands with events
  v_recorded_at timestamptz;
  v_at jsonb;
  v_verdicts jsonb[] := array_fill('null'::jsonb, array[v_total]);
  v_ranges int[] := '{}';  -- a stack of ranges of commands still to be tried, pushed as last, first
  v_first int := 1;
  v_last int := v_total;
  v_from int;  -- the events of the range
  v_upto int;
  v_positions bigint[];
  v_tries int := 0;
  v_sqlstate text;
  v_constraint text;
  v_done text;
begin
  if v_total = 0 then
    return '[]';
  end if;
  select array_agg(n), array_agg((event ->> 'id')::uuid), array_agg((event ->> 'stream_id')::uuid),
      array_agg((event ->> 'stream_version')::int), array_agg(event ->> 'type'),
      array_agg(coalesce(event -> 'metadata', '{}')), array_agg(coalesce(event -> 'data', '{}')),
      array_agg(case nth when 1 then nullif(command -> 'expects', 'null') end),
      count(*) filter (where nth = 1)
    into v_commands, v_ids, v_streams, v_versions, v_types, v_metadata, v_data, v_expects, v_begun
    from (
      select n::int, command, nth, event
      from jsonb_array_elements(commands) with ordinality c (command, n),
        jsonb_array_elements(command -> 'events') with ordinality e (event, nth)
      order by n, nth) events;
  if v_begun < v_total then
    raise exception using errcode = 'invalid_parameter_value',
      message = 'a command without events cannot be appended';
  end if;

  -- Tables, then the append lock, both before the first subtransaction: a lock taken inside one
  -- that is rolled back is released.
  v_done := lock_tables(v_types);
  v_done := take_append_lock();
  v_recorded_at := next_recorded_at();
  v_at := to_jsonb(v_recorded_at);

  -- 60 tries at most: past 64 subtransactions every snapshot in the server becomes slower. What
  -- is left over then has the verdict null: not tried, send it again.
  loop
    v_tries := v_tries + 1;
    v_from := array_position(v_commands, v_first);
    v_upto := coalesce(array_position(v_commands, v_last + 1), cardinality(v_commands) + 1) - 1;
    begin
      v_positions := append_events(v_ids[v_from:v_upto], v_streams[v_from:v_upto],
        v_versions[v_from:v_upto], v_types[v_from:v_upto], v_metadata[v_from:v_upto],
        v_data[v_from:v_upto], v_expects[v_from:v_upto], v_recorded_at);
      for i in v_from..v_upto loop
        if i = v_upto or v_commands[i] <> v_commands[i + 1] then
          v_verdicts[v_commands[i]] := jsonb_build_object(
            'position', v_positions[i - v_from + 1]::text, 'recorded_at', v_at);
        end if;
      end loop;
    exception when integrity_constraint_violation then
      if v_first = v_last then
        get stacked diagnostics v_sqlstate = returned_sqlstate, v_constraint = constraint_name;
        v_verdicts[v_first] :=
          jsonb_build_object('sqlstate', v_sqlstate, 'constraint', nullif(v_constraint, ''));
        if v_upto > v_from then
          v_verdicts[v_first] := refusal_within(v_ids[v_from:v_upto], v_streams[v_from:v_upto],
            v_versions[v_from:v_upto], v_types[v_from:v_upto], v_metadata[v_from:v_upto],
            v_data[v_from:v_upto], v_expects[v_from:v_upto], v_recorded_at, v_verdicts[v_first]);
          v_tries := v_tries + ceil(log(2, v_upto - v_from + 1))::int;
        end if;
      else
        v_ranges := v_ranges
          || array[v_last, (v_first + v_last) / 2 + 1, (v_first + v_last) / 2, v_first];
      end if;
    end;
    exit when v_ranges = '{}' or v_tries >= 60;
    v_first := v_ranges[cardinality(v_ranges)];
    v_last := v_ranges[cardinality(v_ranges) - 1];
    v_ranges := trim_array(v_ranges, 2);
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
