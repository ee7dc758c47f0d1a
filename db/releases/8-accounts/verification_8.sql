-- Every user who registers, through any release, gets a mail with a link by which they verify their
-- address.
create function work.verification_8_on(event log.user_registered_1) returns void
language plpgsql
as $$
begin
  perform work.add('verification_8', event.position, jsonb_build_object('userId', event.id));
end
$$;
