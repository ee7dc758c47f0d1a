-- Release 17 adds to the history of an account: an operator suspended or reinstated it. No reason and no name.
create function user_history_7_on(events log.user_suspended_17[]) returns void
language plpgsql
as $$
begin
  insert into user_history_7 (user_id, position, what, session_id, happened_at)
  select user_id, position, 'suspended', null, recorded_at from unnest(events);
end
$$;

create function user_history_7_on(events log.user_reinstated_17[]) returns void
language plpgsql
as $$
begin
  insert into user_history_7 (user_id, position, what, session_id, happened_at)
  select user_id, position, 'reinstated', null, recorded_at from unnest(events);
end
$$;
