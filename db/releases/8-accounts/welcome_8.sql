-- Every user who registers, through any release, gets a message from the service's own user.
create function work.welcome_8_on(event log.user_registered_1) returns void
language plpgsql
as $$
begin
  perform work.add('welcome_8', event.position,
    jsonb_build_object('userId', event.id));
end
$$;
