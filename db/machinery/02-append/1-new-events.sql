-- New events: what log.append is given, from JSON to one array of events.
--
-- An event stays one value from here to its row, so no step has to keep several arrays in step.

do $$
begin
  if to_regtype('log.new_event') is null then
    create type log.new_event as (
      request int,
      nth int,
      of_events int,
      id uuid,
      stream_id uuid,
      stream_version int,
      type text,
      metadata jsonb,
      data jsonb,
      expects jsonb
    );
    comment on type log.new_event is
      'An event to append: the nth of so many events of a request, both numbered from 1; expects are '
      'the versions of other streams and the keys of read tables that the request was decided on, with '
      'its first event.';
    create type log.refusal as (
      event int,
      sqlstate text,
      constraint_name text
    );
    comment on type log.refusal is
      'Why events cannot be appended: the first that fails, from 1, and the violation it causes.';
  end if;
end
$$;

-- The events of append requests, in order. log.append takes the JSON apart once and not again for each try,
-- which cost more.
create or replace function log.new_events(p_requests jsonb) returns log.new_event[]
language plpgsql stable set search_path = log, pg_temp
as $$
declare
  v_events new_event[];
  v_requests int;  -- requests with events
begin
  select
      array_agg(row(n, nth, jsonb_array_length(request -> 'events'), (event ->> 'id')::uuid,
        (event ->> 'stream_id')::uuid, (event ->> 'stream_version')::int, event ->> 'type',
        coalesce(event -> 'metadata', '{}'), coalesce(event -> 'data', '{}'),
        case nth when 1 then nullif(request -> 'expects', 'null') end)::new_event),
      count(*) filter (where nth = 1)
    into v_events, v_requests
    from (
      select n::int, request, nth::int, event
      from jsonb_array_elements(p_requests) with ordinality r (request, n),
        jsonb_array_elements(request -> 'events') with ordinality e (event, nth)
      order by n, nth) events;
  if v_requests < jsonb_array_length(p_requests) then
    raise exception using errcode = 'invalid_parameter_value',
      message = 'an append request has no events',
      hint = 'Send at least one event in each request.';
  end if;
  return v_events;
end
$$;
