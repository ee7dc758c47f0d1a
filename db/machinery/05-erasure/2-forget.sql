-- Forget: erases the personal data of a user. It is the only way in which the log ever changes.
--
-- Promises: one transaction appends the event of the erasure, which every read table projects, and blanks the
-- personal columns and the metadata of the user's events. Positions, ids, streams, versions, types and times stay,
-- so the log is one serial history as before, and a replay of it makes exactly the rows of the live tables. Leaves
-- to the operator what the database no longer shows but its files still contain (db/OPERATIONS.md).
-- Lock order: the locks of maintenance, event tables by name, the append lock, then read tables.

create table if not exists log.erasures (
  user_id uuid constraint erasures_pkey primary key,
  position bigint not null constraint erasures_position_key unique,
  reason text not null,
  kept text[] not null,
  erased_at timestamptz not null default clock_timestamp(),
  erased_by text not null default session_user
);
comment on table log.erasures is
  'The users whose personal data were erased: the position of the event, why, which parts were kept, when and by whom.';

-- Called by the guard of the event that records an erasure. The service role could otherwise append it, without any
-- data being erased.
create or replace function log.require_erasures(p_positions bigint[]) returns void
language plpgsql set search_path = log, pg_temp
as $$
begin
  if exists (select from unnest(p_positions) p where not exists (select from erasures e where e.position = p)) then
    raise exception using errcode = 'LG009',
      message = 'an erasure is recorded by log.forget alone',
      hint = 'Run `epistle forget`.';
  end if;
end
$$;

-- Refuses with 55000 while a read table is building: its rows come from events that would change under it. Refuses
-- with 55006 while another session changes which tables exist, or compares them with a replay.
create or replace function log.check_erasable(p_user uuid) returns void
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_building text;
begin
  if engine.erasing_type() is null then
    raise exception using errcode = 'object_not_in_prerequisite_state',
      message = 'no installed release has an event that records an erasure',
      hint = 'Run `epistle install`.';
  end if;
  -- The locks of src/platform/read-models/advisory-locks.ts. The command line holds them already.
  if not (pg_try_advisory_xact_lock(17744, 1) and pg_try_advisory_xact_lock(17744, 2)) then
    raise exception using errcode = 'object_in_use',
      message = 'another maintenance command is running on this database',
      hint = 'Use `epistle forget`, which waits for it.';
  end if;
  select min(name) into v_building from read.tables where state = 'building';
  if found and v_building is not null then
    raise exception using errcode = 'object_not_in_prerequisite_state',
      message = format('%s is building, so no personal data can be erased now', v_building),
      hint = 'Finish the installation with `epistle install`.';
  end if;
  if not exists (
      select from events e join event_types t on t.type = e.type
      where e.stream_id = p_user and e.stream_version = 1 and t.aggregate = 'user') then
    raise exception using errcode = 'LG009', message = format('no user has the id %s', p_user);
  end if;
end
$$;

-- Projects an event of the type that records erasures into tables that are retiring. Appends leave them alone, but
-- their rows are still there.
create or replace function engine.project_into_retiring(p_type text, p_position bigint) returns void
language plpgsql set search_path = read, log, pg_temp
as $$
declare
  v record;
begin
  for v in
    select t.name, c.path, c.takes_array
    from engine.cells_of(array(select name from read.tables where state = 'retiring')) c
    join read.tables t on t.name = c.read_table
    where c.event_type = p_type and c.path is not null
      and exists (select from pg_class k where k.oid = to_regclass(format('read.%I', t.name)) and k.relkind = 'r')
  loop
    execute format('select %s from log.%I e where position = $1',
      engine.projection_call(v.name, 'e', v.path, v.takes_array), p_type) using p_position;
  end loop;
end
$$;

-- Blanks the personal columns and the metadata of events.
create or replace function log.blank(p_positions bigint[], p_kept text[]) returns void
language plpgsql set search_path = log, pg_temp
as $$
declare
  v record;
  v_void text;
begin
  v_void := set_config('epistle.erasing', pg_current_xact_id()::text, true);
  for v in
    select e.type, array_agg(e.position) as positions, min(engine.blanking(c.blanks)) as assignments
    from unnest(p_positions) position join events e using (position)
    join personal_columns c on c.event_type = e.type
    group by e.type order by e.type
  loop
    if v.assignments is not null then
      execute format('update %I set %s from (select $1 as kept) erasure where position = any ($2)',
        v.type, v.assignments) using p_kept, v.positions;
    end if;
    update events set metadata = '{}' where position = any (v.positions) and metadata <> '{}';
  end loop;
  v_void := set_config('epistle.erasing', '', true);
end
$$;

-- Removes what refers to a person outside of the log and the read tables: uses of their sessions, their devices, tokens
-- that end their sessions, and tasks. A task has the id of a user or, where a route enqueued it, an address; its last
-- error can quote one. A task that a worker is running stays, and is deleted when it has ended. Called before the
-- addresses are blanked.
create or replace function engine.forget_work(p_user uuid, p_positions bigint[]) returns void
language plpgsql set search_path = log, pg_temp
as $$
declare
  v_type text;
  v_of_type text[];
  v_emails text[] := '{}';
begin
  for v_type in select event_type from personal_columns where blanks ? 'email' loop
    execute format('select array_agg(lower(email collate "C")) from %I where position = any ($1)', v_type)
      into v_of_type using p_positions;
    v_emails := v_emails || coalesce(v_of_type, '{}');
  end loop;
  delete from work.tasks where id in (
    select id from work.tasks
    where data ->> 'userId' = p_user::text or lower(data ->> 'email' collate "C") = any (v_emails)
    for update skip locked);
  delete from sessions.uses u using events e
    where e.position = any (p_positions) and u.session_id = e.stream_id;
  -- Tokens before devices, as in the use of a token: two that delete at the same time never wait in a circle.
  delete from sessions.revocation_tokens where user_id = p_user;
  delete from sessions.devices where user_id = p_user;
end
$$;

create or replace function log.forget(
  p_user uuid, p_reason text, p_kept text[] default '{}', p_metadata jsonb default '{}'
) returns bigint
language plpgsql set search_path = log, pg_temp set client_min_messages = warning
as $$
declare
  v_position bigint := (select position from erasures where user_id = p_user);
  v_upto bigint;
  v_positions bigint[];
  v_name text;
  v_void text;
begin
  if v_position is not null then
    return v_position;
  end if;
  v_void := check_erasable(p_user);
  -- Rows that were replayed from the personal data, and those that differed from such a replay.
  drop schema if exists shadow, epistle_verified cascade;
  delete from work.differences;
  for v_name in
    select name from (
      select 'events' union select engine.erasing_type() union select event_type from personal_columns) t (name)
    order by name collate "C"
  loop
    execute format('lock table %I in row exclusive mode', v_name);
  end loop;
  -- Most event tables have no index by person. They are read before the append lock is taken, so that writers do not
  -- wait for that: what is committed stays, and later events have greater positions.
  v_upto := (select coalesce(max(position), 0) from events);
  v_positions := engine.positions_of(p_user, 0, v_upto);
  v_void := take_append_lock();
  v_positions := v_positions || engine.positions_of(p_user, v_upto, (select max(position) from events));
  -- First, because the guard of the event refuses it without this row (01-log/8-event-tables.sql).
  v_position := nextval('events_position_seq');
  insert into erasures (user_id, position, reason, kept) values (p_user, v_position, p_reason, p_kept);
  insert into events (position, stream_id, stream_version, type, metadata)
  select v_position, p_user, max(stream_version) + 1, engine.erasing_type(), p_metadata
  from events where stream_id = p_user;
  execute format('insert into %I (id, user_id, kept, position) values (uuid_v7(), $1, $2, $3)',
    engine.erasing_type()) using p_user, p_kept, v_position;
  v_void := engine.project_into_retiring(engine.erasing_type(), v_position);
  v_void := engine.forget_work(p_user, v_positions);
  v_void := blank(v_positions, p_kept);
  return v_position;
end
$$;
comment on function log.forget(uuid, text, text[], jsonb) is
  'Erases the personal data of a user, except for the parts that are kept, and returns the position of the event '
  'that records it with this metadata. A user who was erased before stays so. For the owner. `epistle forget` calls it.';

do $$
begin
  if not exists (select from pg_trigger where tgrelid = 'log.erasures'::regclass
      and tgname = '00_append_only') then
    call log.make_append_only('log.erasures');
  end if;
end
$$;
