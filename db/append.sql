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
-- would be refused.
create or replace function log.append_range(p_commands jsonb, p_first int, p_last int)
returns jsonb
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_events jsonb;
  v_run record;
  v_key text;
begin
  with wanted as materialized (
    select c.n as command, e.n as nth, e.event, coalesce((e.event ->> 'id')::uuid, uuid_v7()) as id
    from jsonb_array_elements(p_commands) with ordinality c (command, n),
      jsonb_array_elements(c.command -> 'events') with ordinality e (event, n)
    where c.n between p_first and p_last
  ), written as (
    insert into events (id, stream_id, stream_version, type, recorded_at, metadata)
    select id, (event ->> 'stream_id')::uuid, (event ->> 'stream_version')::int, event ->> 'type',
      now.recorded_at, coalesce(event -> 'metadata', '{}')
    from wanted, (select next_recorded_at() as recorded_at offset 0) now
    order by command, nth
    returning id, position, recorded_at, type
  )
  select jsonb_agg(jsonb_build_object(
      'command', command, 'position', position, 'recorded_at', recorded_at, 'type', type,
      'row', event -> 'data'
        || jsonb_build_object('position', position, 'recorded_at', recorded_at))
      order by position)
    into v_events
    from wanted join written using (id);

  -- What else was decided on must still stand where the command left it.
  if exists (
      select from jsonb_array_elements(p_commands) with ordinality c (command, n),
        jsonb_array_elements(nullif(c.command -> 'expects', 'null')) x
      where c.n between p_first and p_last
        and case when x ->> 'stream_id' is null then -1 else (x ->> 'version')::int end
          is distinct from coalesce((
          select max(stream_version) from events
          where stream_id = (x ->> 'stream_id')::uuid
            and position < (
              select min((e ->> 'position')::bigint) from jsonb_array_elements(v_events) e
              where (e ->> 'command')::int = c.n)), 0)) then
    raise exception using errcode = 'unique_violation', schema = 'log', table = 'events',
      constraint = 'events__version_conflict',
      message = 'a stream that the command was decided on has moved on';
  end if;

  for v_run in
    select type, jsonb_agg(e -> 'row' order by n) as rows
    from (
      select e, n, e ->> 'type' as type,
        n - row_number() over (partition by e ->> 'type' order by n) as run
      from jsonb_array_elements(v_events) with ordinality x (e, n)) numbered
    group by type, run
    order by min(n)
  loop
    -- What has no column would be lost without a word.
    select key into v_key
      from jsonb_array_elements(v_run.rows) r cross join lateral jsonb_object_keys(r) key
      where not exists (
        select from pg_attribute
        where attrelid = v_run.type::regclass and attname = key and attnum > 0)
      limit 1;
    if found then
      raise exception using errcode = 'undefined_column',
        message = format('%s has no column %s', v_run.type, v_key);
    end if;
    execute format(
      'insert into %1$I select r.* from jsonb_populate_recordset(null::%1$I, $1) r', v_run.type)
      using v_run.rows;
  end loop;

  return (
    select jsonb_agg(verdict order by command)
    from (
      select distinct on (command) (e ->> 'command')::int as command,
        jsonb_build_object('position', e ->> 'position', 'recorded_at', e ->> 'recorded_at') as verdict
      from jsonb_array_elements(v_events) with ordinality x (e, n)
      order by command, n desc) last_events);
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
  'or {"sqlstate", "constraint"} of the integrity violation that refused it; or null: not tried.';
