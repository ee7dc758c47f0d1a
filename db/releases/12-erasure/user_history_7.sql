-- Backport: the history of the account of a departed user is gone.
create function user_history_7_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  delete from user_history_7 where user_id = event.user_id;
end
$$;
