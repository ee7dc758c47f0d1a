-- Backport: on every server, links that were mailed to the earlier address are invalid.
create function mail_tokens_8_on(event log.email_changed_13) returns void
language plpgsql
as $$
begin
  delete from mail_tokens_8 where user_id = event.user_id;
end
$$;
