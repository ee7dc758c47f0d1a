-- Backport: no token that was mailed to a departed user can be used.
create function mail_tokens_8_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  delete from mail_tokens_8 where user_id = event.user_id;
end
$$;
