-- Where addresses must be verified, users get the welcome message once theirs is, not when they register: a
-- message after each registration would show in the statistics which addresses had no account.
create function work.welcome_after_verification_9_on(event log.email_verified_8) returns void
language plpgsql
as $$
begin
  perform work.add('welcome_after_verification_9', event.position,
    jsonb_build_object('userId', event.user_id));
end
$$;
