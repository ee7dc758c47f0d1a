-- Backport: for servers of releases 0 and 1 too, a change of password ends the other sessions.
create function sessions_0_on(event log.password_changed_2) returns void
language plpgsql
as $$
begin
  delete from sessions_0
  where user_id = event.user_id and id is distinct from event.session_id;
end
$$;
