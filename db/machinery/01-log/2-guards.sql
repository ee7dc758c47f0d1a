-- Guards: triggers that keep the log one serial history which never changes, whoever writes.
--
-- Promises: headers of known types in order and without gaps in their streams; each row after its own
-- header, in its transaction, in position order over all event tables; and that whoever LISTENs on
-- epistle_log is woken when it can be seen. Uses log.sql. Idempotent.

create or replace function log.refuse_change() returns trigger
language plpgsql
as $$
begin
  raise exception using errcode = 'LG002',
    message = format('%s.%s is append-only: %s refused', tg_table_schema, tg_table_name, tg_op),
    hint = 'What happened stays; append an event that says what happened since.';
end
$$;

-- Headers come in order, of known types, without gaps in their stream, which is one aggregate's, and
-- with times that neither go back nor run ahead of the clock. The first header of a
-- transaction also marks where the transaction begins: rows may only follow.
create or replace function log.guard_headers() returns trigger
language plpgsql security definer set search_path = log, pg_temp
-- One plan for all: PostgreSQL would make a new one each time, or one by statistics that are as old as
-- the last visit of autovacuum.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_sort = off
as $$
declare
  v_headers bigint;
  v_first bigint;
  v_last bigint;
  v_first_at timestamptz;
  v_last_at timestamptz;
  v_unknown text;
  v_continues boolean;
  v_gap boolean;
  v_late boolean;
  v_before record;
  v_done text;
begin
  select count(*), min(position), max(position), min(recorded_at), max(recorded_at),
      min(type) filter (where type not in (select type from log.event_types)),
      bool_or(stream_version > 1)
    into v_headers, v_first, v_last, v_first_at, v_last_at, v_unknown, v_continues
    from appended;
  if v_headers = 0 then
    return null;
  end if;
  if v_unknown is not null then
    raise exception using errcode = 'LG004',
      message = format('%s is no event type of an installed release', v_unknown);
  end if;
  if v_continues then
    -- Looked up one by one, never joined, as the rows' headers below.
    select bool_or(not exists (
        select from log.events e join log.event_types p on p.type = e.type
        where e.stream_id = a.stream_id and e.stream_version = a.stream_version - 1
          and e.position < a.position and p.aggregate = t.aggregate))
      into v_gap
      from appended a join log.event_types t on t.type = a.type
      where a.stream_version > 1;
    if v_gap then
      raise exception using errcode = 'unique_violation', schema = 'log', table = 'events',
        constraint = 'events__version_conflict',
        message = 'the stream has not reached the version before this one';
    end if;
  end if;
  if v_first_at < v_last_at then
    select bool_or(recorded_at < before) into v_late from (
      select recorded_at, lag(recorded_at) over (order by position) as before from appended) a;
  end if;
  -- If these are the newest headers, the next one is that of a smaller position.
  select position, recorded_at into v_before
    from log.events order by position desc offset v_headers limit 1;
  if v_late
      or v_before.position >= v_first
      or v_first < 1
      or v_last > coalesce(pg_sequence_last_value('log.events_position_seq'), 0)
      or v_first_at < v_before.recorded_at
      or v_last_at > greatest(clock_timestamp(), v_before.recorded_at) then
    raise exception using errcode = 'LG005',
      message = 'positions and times are the log''s to give, in order',
      hint = 'Leave position and recorded_at of log.events to their defaults.';
  end if;
  if log.reached() is null then
    v_done := log.mark_reached(v_first - 1);
  end if;
  -- Wakes whoever follows the log, once a transaction, since one like another counts as the same. It
  -- says nothing: what there is to know is in the log, where whoever follows also looks unwoken, twice
  -- a second.
  perform pg_notify('epistle_log', '');
  return null;
end
$$;

-- Rows follow their headers: all in one transaction, in position order over all event tables.
create or replace function log.advance(
  p_type text, p_rows bigint, p_with_header bigint, p_first bigint, p_last bigint
) returns void
language plpgsql
as $$
declare
  v_position bigint := log.reached();
  v_done text;
begin
  if p_rows = 0 then
    return;
  end if;
  if p_with_header <> p_rows or v_position is null then
    raise exception using errcode = 'LG003',
      message = format('a row of %s has no header of its own in this transaction', p_type),
      hint = 'Leave its position null, or give that of a header of this type, stream and '
        'recorded_at which this transaction wrote.';
  end if;
  if p_first <= v_position then
    raise exception using errcode = 'LG005',
      message = format('a row of %s at position %s comes after one at %s',
        p_type, p_first, v_position),
      hint = 'Write rows in the order of their headers, in the transaction of their headers.';
  end if;
  v_done := log.mark_reached(p_last);
end
$$;

-- The story's own sentence: a row that comes without a position gets its header here.
create or replace function log.write_header() returns trigger
language plpgsql security definer set search_path = log, pg_temp
as $$
declare
  v_stream uuid := (to_jsonb(new) ->> tg_argv[0])::uuid;
begin
  insert into log.events (stream_id, stream_version, type)
  select v_stream, coalesce(max(stream_version), 0) + 1, tg_table_name
  from log.events where stream_id = v_stream
  returning position, recorded_at into new.position, new.recorded_at;
  return new;
end
$$;

create or replace function log.copy_recorded_at() returns trigger
language plpgsql security definer set search_path = log, pg_temp
as $$
begin
  select recorded_at into new.recorded_at from log.events where position = new.position;
  if not found then
    raise exception using errcode = 'LG003',
      message = format('a row of %s names position %s, which has no header',
        tg_table_name, new.position);
  end if;
  return new;
end
$$;

-- Every trigger of the log fires always, also under session_replication_role = replica: there is
-- no way past them but to alter the tables. Names sort in the order in which they must fire.
create or replace procedure log.protect(p_table regclass, p_appended_by_lock boolean)
language plpgsql
as $$
declare
  v_trigger text;
begin
  execute format(
    'create or replace trigger "00_append_only" before update or delete or truncate on %s '
    'for each statement execute function log.refuse_change()', p_table);
  if p_appended_by_lock then
    execute format(
      'create or replace trigger "00_append_lock" before insert on %s '
      'for each statement execute function log.lock_appends()', p_table);
  end if;
  for v_trigger in
    select tgname from pg_trigger where tgrelid = p_table and not tgisinternal and tgenabled <> 'A'
  loop
    execute format('alter table %s enable always trigger %I', p_table, v_trigger);
  end loop;
end
$$;

do $$
begin
  if not exists (select from pg_trigger where tgrelid = 'log.events'::regclass
      and tgname = '00_guard') then
    alter table log.events alter column recorded_at set default log.next_recorded_at();
    create trigger "00_guard" after insert on log.events
      referencing new table as appended
      for each statement execute function log.guard_headers();
    call log.protect('log.events', true);
    call log.protect('log.event_types', false);
    call log.protect('log.releases', false);
    call log.protect('log.release_files', false);
  end if;
end
$$;
