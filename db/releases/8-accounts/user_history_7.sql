-- Release 8 adds to the history of an account: its address was verified, or a password reset was
-- requested. A new password set with that mail is a change of password outside any session, which the table
-- shows already. No address and no token.
create function user_history_7_on(events log.email_verified_8[]) returns void
language plpgsql
as $$
begin
  insert into user_history_7 (user_id, position, what, session_id, happened_at)
  select user_id, position, 'email_verified', null, recorded_at from unnest(events);
end
$$;

create function user_history_7_on(events log.mail_token_issued_8[]) returns void
language plpgsql
as $$
begin
  insert into user_history_7 (user_id, position, what, session_id, happened_at)
  select user_id, position, 'password_reset_requested', null, recorded_at from unnest(events)
  where purpose = 'password_reset';
end
$$;
