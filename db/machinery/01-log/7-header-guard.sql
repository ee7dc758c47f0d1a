-- The header guard: keeps log.events one serial history, for every writer.
--
-- Promises: headers are of known types; a stream belongs to one aggregate and has no gaps; positions
-- and times only grow, and do not run ahead of the sequence and the clock. Every session that LISTENs
-- on epistle_log is notified when new headers can be seen. The trigger skips the headers of appends of one type,
-- which keeps these promises itself (02-append/5-append-of-type.sql).

-- Raises LG005 for headers between two positions and two times, when the header before them is as
-- given; the message is that of the first rule that is broken.
create or replace function log.refuse_header_order(
  p_first bigint, p_last bigint, p_first_at timestamptz, p_last_at timestamptz,
  p_before bigint, p_before_at timestamptz, p_unordered boolean
) returns void
language plpgsql
as $$
begin
  raise exception using errcode = 'LG005',
    message = case
      when p_unordered then
        'within one statement, a header with a greater position has an earlier recorded_at'
      when p_before >= p_first then
        format('position %s of a header is not after position %s, which the log has reached',
          p_first, p_before)
      when p_first < 1 then
        format('position %s of a header is below 1, the first position', p_first)
      when p_last > coalesce(pg_sequence_last_value('log.events_position_seq'), 0) then
        format('position %s of a header was not drawn from log.events_position_seq', p_last)
      when p_first_at < p_before_at then
        format('recorded_at %s of a header is before that of the header before it, %s',
          p_first_at, p_before_at)
      else format('recorded_at %s of a header is ahead of the clock', p_last_at)
    end,
    hint = 'Omit position and recorded_at when inserting into log.events: the defaults are in order.';
end
$$;

-- Each header from a position on must follow, unless it begins a stream, a header of the same aggregate.
create or replace function log.check_versions(p_first bigint) returns void
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_void text;
begin
  -- Looked up one by one, never joined, for the reason given in 8-event-tables.sql.
  if (select bool_or(not exists (
        select from events e join event_types p on p.type = e.type
        where e.stream_id = a.stream_id and e.stream_version = a.stream_version - 1
          and e.position < a.position and p.aggregate = t.aggregate))
      from events a join event_types t on t.type = a.type
      where a.position >= p_first and a.stream_version > 1) then
    v_void := refuse_version('the stream has not reached the version before this one');
  end if;
end
$$;

-- The first header of a transaction also marks where the transaction begins: rows may only follow.
create or replace function log.guard_headers() returns trigger
language plpgsql security definer set search_path = log, pg_temp
-- One plan for all calls: PostgreSQL would make a new one for each, or one from statistics that are as
-- old as the last run of autovacuum. No compiler: see log.append.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_sort = off set jit = off
as $$
declare
  v_headers bigint;
  v_first bigint;
  v_last bigint;
  v_first_at timestamptz;
  v_last_at timestamptz;
  v_unknown text;
  v_continues boolean;
  v_unordered boolean;
  v_before record;
  v_rows_upto bigint := log.row_position();
  v_void text;
begin
  -- Also here: the condition of the triggers that take the lock rests on a setting, which a session can
  -- forge. A header whose position was drawn before this is out of order then, and refused below.
  v_void := take_append_lock();
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
      message = format('%s is not an event type of an installed release', v_unknown),
      hint = 'Install the release that brings it, or use a type of log.event_types.';
  end if;
  if v_first_at < v_last_at then
    select bool_or(recorded_at < before) into v_unordered from (
      select recorded_at, lag(recorded_at) over (order by position) as before from appended) a;
  end if;
  -- If these are the newest headers, the next one is the one before them.
  select position, recorded_at into v_before
    from log.events order by position desc offset v_headers limit 1;
  if v_unordered
      or v_before.position >= v_first
      or v_first < 1
      or v_last > coalesce(pg_sequence_last_value('log.events_position_seq'), 0)
      or v_first_at < v_before.recorded_at
      or v_last_at > greatest(clock_timestamp(), v_before.recorded_at) then
    v_void := log.refuse_header_order(v_first, v_last, v_first_at, v_last_at,
      v_before.position, v_before.recorded_at, v_unordered);
  end if;
  if v_continues then
    v_void := log.check_versions(v_first);
  end if;
  if v_rows_upto is null then
    v_void := log.set_row_position(v_first - 1);
  elsif v_rows_upto < v_before.position and current_setting('epistle.appending', true) = 'on' then
    raise exception using errcode = 'LG005',
      message = format('the header at position %s has no row yet', v_before.position),
      hint = 'Insert its row before you call log.append in the same transaction.';
  end if;
  -- log.append need not check at commit: it counts the rows that it writes.
  if current_setting('epistle.appending', true) is distinct from 'on' then
    v_void := log.check_at_commit(v_last);
  end if;
  -- Wakes the sessions that follow the log: once a transaction, as PostgreSQL drops duplicates. The
  -- payload is empty: followers read the log itself, and also look without a notification, twice a second.
  perform pg_notify('epistle_log', '');
  return null;
end
$$;

-- The condition of the guards: whether they check an insert. Those of appends of one type follow the rules by
-- construction, and the setting has the id of the transaction meanwhile.
create or replace function log.is_guarded() returns boolean
language plpgsql stable
as $$
begin
  return current_setting('epistle.appending', true) is distinct from pg_current_xact_id()::text;
end
$$;

-- The triggers of log.events with such conditions (3-append-lock.sql has the reason for functions in them).
create or replace procedure log.make_header_triggers()
language plpgsql
as $$
begin
  create or replace trigger "00_guard" after insert on log.events
    referencing new table as appended for each statement
    when (log.is_guarded()) execute function log.guard_headers();
  create or replace trigger "00_append_lock" before insert on log.events for each statement
    when (log.lacks_append_lock()) execute function log.lock_appends();
  alter table log.events enable always trigger "00_guard", enable always trigger "00_append_lock";
end
$$;

do $$
begin
  if not exists (select from pg_trigger where tgrelid = 'log.events'::regclass
      and tgname = '00_guard') then
    alter table log.events alter column recorded_at set default log.next_recorded_at();
    call log.make_header_triggers();
    call log.make_append_only('log.events');
    call log.make_append_only('log.event_types');
    call log.make_append_only('log.releases');
    call log.make_append_only('log.release_files');
  end if;
end
$$;
