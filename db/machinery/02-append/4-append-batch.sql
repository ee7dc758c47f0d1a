-- log.append: writes a batch of append requests of any kind. Servers write to the log only through this function
-- and the functions of one type (5-append-of-type.sql).
--
-- Promises: one call, one round trip, one transaction; each append request gets its own result, and a
-- refused one leaves nothing behind and does not affect the others.
-- Lock order: the event tables of the batch by name, the append lock, then read tables in projections.

-- Where to cut events p_low to p_high near p_middle: at the end of a request, so that no request is tried
-- in part while it can be tried as a whole; inside only if all of them are of one request.
create or replace function log.whole_requests(
  p_events log.new_event[], p_low int, p_high int, p_middle int
) returns int
language sql immutable
as $$
  select case
      when p_middle + of_events - nth < p_high then p_middle + of_events - nth
      when p_middle - nth >= p_low then p_middle - nth
      else p_middle
    end
  from (select p_events[p_middle].of_events, p_events[p_middle].nth) middle (of_events, nth)
$$;

-- Finds the first event that cannot be appended after those before it, by bisection, in log2(n) tries.
-- p_refusal is the violation that appending all of them raised. Events that can be appended stay until
-- the end, so that each half is tried on top of them. Then everything is undone.
create or replace function log.find_refusal(
  p_events log.new_event[], p_recorded_at timestamptz, p_refusal log.refusal
) returns log.refusal
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_refusal refusal := p_refusal;
  v_low int := 1;
  v_high int := cardinality(p_events);
  v_middle int;
begin
  while v_low < v_high loop
    v_middle := whole_requests(p_events, v_low, v_high, (v_low + v_high) / 2);
    begin
      perform append_events(p_events[v_low:v_middle], p_recorded_at);
      v_low := v_middle + 1;
    exception when integrity_constraint_violation then
      get stacked diagnostics
        v_refusal.sqlstate = returned_sqlstate, v_refusal.constraint_name = constraint_name;
      v_high := v_middle;
    end;
  end loop;
  v_refusal.event := v_low;
  raise exception using errcode = 'LG007', message = 'the search for a refusal is undone';
exception when sqlstate 'LG007' then
  return v_refusal;
end
$$;

-- Appends what can be appended, and returns a result for each request. It tries everything at once. After
-- a refusal it goes on with as many events as there were good ones before it, at least one, and with
-- twice as many after each success. So few refusals cost few tries, and many cost one try each.
--
-- 60 tries at most: past 64 subtransactions every snapshot in the server becomes slower. The result of
-- the remaining requests is null: not tried, send them again.
create or replace function log.append_in_tries(
  p_events log.new_event[], p_requests int, p_recorded_at timestamptz
) returns jsonb[]
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_results jsonb[] := array_fill('null'::jsonb, array[p_requests]);
  v_at jsonb := to_jsonb(p_recorded_at);
  v_count int := cardinality(p_events);
  v_size int := v_count;  -- how many events to try at once
  v_tries int := 0;
  v_first int := 1;  -- the events to try are those from here
  v_last int;        -- to here, which ends a request
  v_next int;
  v_positions bigint[];
  v_refusal refusal;
  v_refused new_event;
begin
  while v_first <= v_count and v_tries < 60 loop
    v_tries := v_tries + 1;
    v_last := least(v_first + v_size - 1, v_count);
    v_last := v_last + p_events[v_last].of_events - p_events[v_last].nth;
    v_next := v_last + 1;
    begin
      v_positions := append_events(p_events[v_first:v_last], p_recorded_at);
      v_size := 2 * v_size;
    exception when integrity_constraint_violation then
      get stacked diagnostics
        v_refusal.sqlstate = returned_sqlstate, v_refusal.constraint_name = constraint_name;
      v_refusal.event := 1;
      if v_last > v_first then  -- a single event is found without another subtransaction
        v_tries := v_tries + ceil(log(2, v_last - v_first + 1))::int;
        v_refusal := find_refusal(p_events[v_first:v_last], p_recorded_at, v_refusal);
      end if;
      v_refused := p_events[v_first + v_refusal.event - 1];
      v_results[v_refused.request] := refusal_result(v_refusal, v_refused);
      -- The requests before the refused one can be appended; those after it are tried next.
      v_last := v_first + v_refusal.event - 1 - v_refused.nth;
      v_next := v_last + v_refused.of_events + 1;
      v_size := greatest(1, v_last - v_first + 1);
      if v_last >= v_first then
        v_positions := append_events(p_events[v_first:v_last], p_recorded_at);
      end if;
    end;
    for i in v_first..v_last loop
      if p_events[i].nth = p_events[i].of_events then
        v_results[p_events[i].request] := jsonb_build_object(
          'position', v_positions[i - v_first + 1]::text, 'recorded_at', v_at);
      end if;
    end loop;
    v_first := v_next;
  end loop;
  return v_results;
end
$$;

create or replace function log.refusal_result(p_refusal log.refusal, p_event log.new_event)
returns jsonb
language sql stable
as $$
  select jsonb_strip_nulls(jsonb_build_object(
      'event', case when p_event.of_events > 1 then p_event.nth - 1 end))
    || jsonb_build_object(
      'sqlstate', p_refusal.sqlstate, 'constraint', nullif(p_refusal.constraint_name, ''))
$$;

create or replace function log.append(requests jsonb) returns jsonb
language plpgsql security definer set search_path = log, pg_temp
-- Here and in the guards a plan is made once per connection, not once per call; projections choose for
-- themselves. It may be made while tables are empty, and without enable_seqscan = off it would read them whole
-- when they are not. Up to PostgreSQL 17 that setting makes the estimated cost of a table that must be read
-- whole so high that a compilation would start, which takes 0.1 s, so jit is off.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off
as $$
declare
  v_requests int := jsonb_array_length(requests);
  v_events new_event[];
  v_asked_at timestamptz;
  v_void text;
begin
  if v_requests = 0 then
    return '[]';
  end if;
  v_events := new_events(requests);
  -- Both before the first subtransaction: a lock taken inside one that is rolled back is released.
  v_void := lock_tables(v_events);
  v_asked_at := clock_timestamp();
  v_void := take_append_lock();
  -- For the statement of the call, as the result is a list, which earlier servers read.
  v_void := set_config('epistle.waited_ms',
    (date_part('epoch', clock_timestamp() - v_asked_at) * 1000)::text, true);
  return to_jsonb(append_in_tries(v_events, v_requests, next_recorded_at()));
end
$$;
comment on function log.append(jsonb) is
  'Appends a batch of requests, [{"events": [{"id"?, "stream_id", "stream_version", "type", '
  '"metadata"?, "data": {column: value}}], "expects"?: [{"stream_id", "version"} or {"read_table", '
  '"key"}]}], in order, each as a whole or not at all. Returns a result for each: {"position", '
  '"recorded_at"} of its last event; or {"sqlstate", "constraint", "event"?} of the integrity violation '
  'that refused it, event being the first (from 0) that fails if there are several; or null: not tried, '
  'send it again.';
