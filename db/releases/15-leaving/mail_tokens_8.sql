-- Backport: no token that was mailed to a user before they left can be used, also after a restoration.
create function mail_tokens_8_on(event log.user_left_15) returns void
language plpgsql
as $$
begin
  delete from mail_tokens_8 where user_id = event.user_id;
end
$$;
