-- Backport: the sessions of a user who left end.
create function sessions_10_on(event log.user_left_15) returns void
language plpgsql
as $$
begin
  delete from sessions_10 where user_id = event.user_id;
end
$$;
