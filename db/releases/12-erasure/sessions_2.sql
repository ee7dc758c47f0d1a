-- Backport: the sessions of a departed user end.
create function sessions_2_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  delete from sessions_2 where user_id = event.user_id;
end
$$;
