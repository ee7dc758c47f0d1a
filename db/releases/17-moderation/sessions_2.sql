-- Backport: the sessions of a suspended user end. suspended_users_17 refuses new ones.
create function sessions_2_on(event log.user_suspended_17) returns void
language plpgsql
as $$
begin
  delete from sessions_2 where user_id = event.user_id;
end
$$;
