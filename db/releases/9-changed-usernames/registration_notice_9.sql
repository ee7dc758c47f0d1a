-- The owner of an address with an account gets a mail when someone tries to register with it again.
create function work.registration_notice_9_on(event log.registration_repeated_9) returns void
language plpgsql
as $$
begin
  perform work.add('registration_notice_9', event.position,
    jsonb_build_object('userId', event.user_id));
end
$$;
