-- Release 9 adds to the history of an account: its username was changed.
create function user_history_7_on(events log.username_changed_9[]) returns void
language plpgsql
as $$
begin
  insert into user_history_7 (user_id, position, what, session_id, happened_at)
  select user_id, position, 'username_changed', null, recorded_at from unnest(events);
end
$$;
