-- Forget left: the one erasure that the service may do. Its workers erase users who left 30 days ago and were not
-- restored.
--
-- Promises that a user is restored or erased, never both: a restoration is appended within the 30 days, an erasure
-- after them, and both under the append lock. Everything else is the task of log.forget, in the same transaction.

-- The user whom this event makes leave; null if it is not the last of its kind, as after a restoration.
create or replace function engine.leaver(p_leaving uuid) returns uuid
language sql stable set search_path = log, pg_temp
as $$
  select l.stream_id
  from events l
  where l.id = p_leaving and engine.family_of(l.type) = 'user_left'
    and not exists (
      select from events e
      where e.stream_id = l.stream_id and e.stream_version > l.stream_version
        and engine.family_of(e.type) in ('user_left', 'user_restored'))
$$;

create or replace function log.forget_left(p_leaving uuid, p_kept text[] default '{}') returns uuid
language plpgsql security definer set search_path = log, pg_temp
as $$
declare
  v_user uuid;
  v_void text;
begin
  -- Workers erase one user at a time: log.forget refuses to run beside other maintenance, as which it counts itself.
  v_void := pg_advisory_xact_lock(17744, 3);
  v_user := engine.leaver(p_leaving);
  if v_user is null then
    return null;
  end if;
  if (select recorded_at from events where id = p_leaving) + interval '720 hours' > clock_timestamp() then
    raise exception using errcode = 'object_not_in_prerequisite_state',
      message = format('the user %s left less than 30 days ago', v_user),
      hint = 'Until then, the account can be restored.';
  end if;
  v_void := forget(v_user, 'left 30 days ago', p_kept);
  -- Again, as the append lock is held from now on.
  if engine.leaver(p_leaving) is null then
    raise exception using errcode = 'serialization_failure',
      message = format('the user %s was restored meanwhile', v_user);
  end if;
  return v_user;
end
$$;
comment on function log.forget_left(uuid, text[]) is
  'Erases the personal data of the user who left by this event, 30 days ago or earlier, and returns the user. Returns '
  'null if the user was restored since. For workers.';

-- Statistics contain values of columns. New ones are made from the rows as they are now.
create or replace function log.renew_statistics() returns void
language plpgsql security definer set search_path = log, pg_temp
as $$
begin
  execute (
    select 'analyze ' || string_agg(format('%I.%I', schemaname, tablename), ', ')
    from pg_tables where schemaname in ('log', 'read', 'work', 'sessions'));
end
$$;
comment on function log.renew_statistics() is
  'Renews the statistics of all tables. Called after an erasure, since statistics contain values of columns.';
