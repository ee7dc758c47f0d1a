-- Backport: the address of a departed user is gone.
create function verified_emails_8_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  delete from verified_emails_8 where user_id = event.user_id;
end
$$;
