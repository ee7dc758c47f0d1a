-- Append events: writes the headers and rows of events, all or none. log.append calls it.

-- Read tables must accept the keys that requests expect (03-engine/7-expectations.sql). Each table is asked
-- once, for the keys of all requests.
create or replace function log.check_keys(p_events log.new_event[]) returns void
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_table text;
  v_keys uuid[];
begin
  for v_table, v_keys in
    select x ->> 'read_table', array_agg((x ->> 'key')::uuid)
    from unnest(p_events) event, jsonb_array_elements(event.expects) x
    where x ? 'read_table'
    group by 1 order by 1
  loop
    perform check_read_tables(v_table, v_keys);
  end loop;
end
$$;

-- Other streams that a request was decided on must still have the versions it expects, before the
-- position of its first event. An expectation of neither a stream nor a read table never holds.
create or replace function log.check_expects(p_expects jsonb, p_position bigint) returns void
language plpgsql set search_path = log, pg_temp
as $$
begin
  if exists (
      select from jsonb_array_elements(p_expects) x
      where not x ? 'read_table'
        and case when x ->> 'stream_id' is null then -1 else (x ->> 'version')::int end
        is distinct from coalesce((
          select max(stream_version) from events
          where stream_id = (x ->> 'stream_id')::uuid and position < p_position), 0)) then
    perform refuse_version('a stream that the request was decided on has another version now');
  end if;
end
$$;

-- Appends a part of the events, and returns their positions, in order. No event of a part can change what a
-- later request of the part expects of a read table. The keys are checked before anything is written, so that
-- an ended session is the first reason to refuse its request.
--
-- One statement per run of events of one type, never a chain of data-modifying CTEs: their triggers
-- fire at the end and in reverse order, so a message to a user registered in the same batch would be
-- refused.
create or replace function log.append_part(p_events log.new_event[], p_recorded_at timestamptz)
returns bigint[]
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_last int := cardinality(p_events);
  v_positions bigint[];
  v_run int := 1;  -- where the current run of one type began
  v_void text;
begin
  v_void := check_keys(p_events);
  -- Spares the checks of 01-log/6-row-order.sql and 9-lone-headers.sql, which are for writers of plain SQL.
  -- An error restores the setting, as the transaction or its part is rolled back.
  v_void := set_config('epistle.appending', 'on', true);
  for i in 1..v_last loop
    v_positions[i] := nextval('events_position_seq');
  end loop;
  insert into events (position, id, stream_id, stream_version, type, recorded_at, metadata)
  select position, coalesce(id, uuid_v7()), stream_id, stream_version, type, p_recorded_at, metadata
  from unnest(p_events, v_positions) as event (
    request, nth, of_events, id, stream_id, stream_version, type, metadata, data, expects, position);

  for i in 1..v_last loop
    if p_events[i].expects is not null then
      v_void := check_expects(p_events[i].expects, v_positions[i]);
    end if;
    if i = v_last or p_events[i].type <> p_events[i + 1].type then
      v_void := append_rows(p_events[i].type, p_events[v_run:i], v_positions[v_run:i], p_recorded_at);
      v_run := i + 1;
    end if;
  end loop;
  v_void := set_config('epistle.appending', 'off', true);
  return v_positions;
end
$$;

-- Returns the positions of the events, in order. The caller holds the append lock.
--
-- After an event that can change what a read table accepts, the next request that expects anything begins a
-- new part, so that its keys are checked after the event is written.
create or replace function log.append_events(p_events log.new_event[], p_recorded_at timestamptz)
returns bigint[]
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_positions bigint[];
  v_part int := 1;  -- where the current part began
  v_changed boolean := false;
begin
  for i in 1..cardinality(p_events) loop
    if v_changed and p_events[i].expects is not null then
      v_positions := v_positions || append_part(p_events[v_part:i - 1], p_recorded_at);
      v_part := i;
      v_changed := false;
    end if;
    v_changed := v_changed or changes_expected(p_events[i].type);
  end loop;
  return v_positions || append_part(p_events[v_part:], p_recorded_at);
end
$$;
