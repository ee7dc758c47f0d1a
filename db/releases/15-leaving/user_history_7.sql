-- Release 15 adds to the history of an account: it was deleted, and restored. Only the user sees it, after the
-- restoration.
create function user_history_7_on(events log.user_left_15[]) returns void
language plpgsql
as $$
begin
  insert into user_history_7 (user_id, position, what, session_id, happened_at)
  select user_id, position, 'account_deleted', null, recorded_at from unnest(events);
end
$$;

create function user_history_7_on(events log.user_restored_15[]) returns void
language plpgsql
as $$
begin
  insert into user_history_7 (user_id, position, what, session_id, happened_at)
  select user_id, position, 'account_restored', null, recorded_at from unnest(events);
end
$$;
