-- Event tables: how a table of a release joins the log.
--
-- Promises that each of its rows follows a header of its own, and so is appended under the lock; is projected
-- into every live read table; and never changes. A row inserted without a position gets its header here.
-- Leaves the projections to the functions that 03-engine/3-projections.sql makes.

-- The plain SQL path: a row that comes without a position gets its header, after the append lock, since the
-- version of the header is one more than that of the last. A row that comes with a position gets recorded_at
-- from its header.
create or replace function log.complete_row() returns trigger
language plpgsql security definer set search_path = log, pg_temp
as $$
declare
  v_stream uuid := (to_jsonb(new) ->> tg_argv[0])::uuid;
  v_void text;
begin
  if new.position is null then
    v_void := log.take_append_lock();
    insert into log.events (stream_id, stream_version, type)
    select v_stream, coalesce(max(stream_version), 0) + 1, tg_table_name
    from log.events where stream_id = v_stream
    returning position, recorded_at into new.position, new.recorded_at;
    return new;
  end if;
  select recorded_at into new.recorded_at from log.events where position = new.position;
  if not found then
    raise exception using errcode = 'LG003',
      message = format('a row of %s has position %s, which has no header', tg_table_name, new.position),
      hint = 'Leave its position null, or insert its header first.';
  end if;
  return new;
end
$$;

-- Makes the function of the trigger that guards and projects the rows of one event table. The function reads
-- the rows once, checks that they follow their headers, and reads under the append lock which read tables are
-- live. Install makes all such functions again when this text has changed.
create or replace procedure log.make_guard(p_type text, p_stream text)
language plpgsql
as $outer$
begin
  execute format($create$
    create or replace function log.%1$I() returns trigger
    language plpgsql security definer set search_path = log, pg_temp
    -- Also for the projections, some of which plan with enable_seqscan = off: see log.append.
    set jit = off
    as $body$
    declare
      v_rows bigint;
      v_with_header bigint;
      v_first bigint;
      v_last bigint;
      v_events log.%2$I[];
      v_live text[];
      v_apart boolean := true;
      v_void text;
    begin
      -- Headers are looked up one by one, never joined: a connection keeps its plan, and the join that
      -- suits a large batch reads the whole log for every single event after it.
      select count(*), count((
          select h.position from log.events h
          where h.position = r.position and h.type = %2$L
            and h.stream_id = r.%3$I and h.recorded_at = r.recorded_at)),
          min(r.position), max(r.position), array_agg(row(r.*)::log.%2$I order by r.position),
          (select array_agg(t.name) from read.tables t where t.state = 'live')
        into v_rows, v_with_header, v_first, v_last, v_events, v_live
        from appended r;
      if v_rows = 0 then
        return null;
      end if;
      v_void := log.check_row_order(%2$L, v_rows, v_with_header, v_first, v_last);%5$s
      if v_rows > 1 then
        select count(distinct e.%3$I) = v_rows into v_apart from unnest(v_events) e;
      end if;
      v_void := log.%4$I(v_events, v_apart, v_live);
      return null;
    end
    $body$ $create$, p_type || '_guard', p_type, p_stream, p_type || '_project',
    case when engine.family_of(p_type) = 'user_forgotten' then format('
      v_void := log.require_erasures(array(select r.position from appended r));') else '' end);
  execute format('revoke execute on function log.%I() from public', p_type || '_guard');
  call engine.record_function(p_type || '_guard', p_type);
end
$outer$;

-- Makes the trigger that guards and projects the rows of one event table.
create or replace procedure log.make_row_guard(p_type text)
language plpgsql
as $$
begin
  execute format('create or replace trigger "00_guard" after insert on log.%I referencing new table as appended '
    'for each statement when (log.is_guarded()) execute function log.%I()', p_type, p_type || '_guard');
  execute format('alter table log.%I enable always trigger "00_guard"', p_type);
end
$$;

create or replace procedure log.check_event_table(p_type text)
language plpgsql
as $$
declare
  v_table regclass := to_regclass(format('log.%I', p_type));
begin
  if v_table is null or p_type !~ '_[0-9]+$' then
    raise exception 'log.% is not a table, or its name does not end in the number of its release', p_type
      using hint = 'Create the table first, named like user_registered_1.';
  end if;
  -- PostgreSQL cuts names at 63 bytes without an error.
  if octet_length(p_type || '_project') > 63 then
    raise exception 'the name log.% is too long: 55 bytes are possible', p_type;
  end if;
  if not exists (
      select from pg_constraint c join pg_attribute a
        on a.attrelid = c.conrelid and c.conkey = array[a.attnum]
      where c.conrelid = v_table and c.contype = 'p' and a.attname = 'position') then
    raise exception 'log.% must have "position bigint primary key"', p_type;
  end if;
end
$$;

-- An event table joins the log: its release's file calls this right after creating it.
create or replace procedure log.event_table(p_type text, aggregate text, stream text)
language plpgsql
as $$
declare
  v_table regclass;
begin
  call log.check_event_table(p_type);
  v_table := format('log.%I', p_type)::regclass;
  insert into log.event_types (type, release, aggregate, stream_column)
  values (p_type, substring(p_type from '_([0-9]+)$')::int, event_table.aggregate, event_table.stream);

  call log.make_guard(p_type, stream);
  call engine.make_project(p_type);
  call log.make_rows();
  call log.make_append_of_type(p_type, stream);
  call log.make_row_guard(p_type);
  execute format('create trigger "00_header" before insert on %s for each row '
    'when (new.position is null or new.recorded_at is null) execute function log.complete_row(%L)',
    v_table, stream);
  call log.make_append_only(v_table);
end
$$;
comment on procedure log.event_table(text, text, text) is
  'Makes a table of schema log an event table: declares its aggregate and the column with its stream, '
  'makes the functions that append and project its events, and puts the triggers on it.';
