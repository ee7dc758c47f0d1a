-- Whoever registers, through whichever release, gets a mail by which he shows that the address is his.
create function work.verification_8_on(event log.user_registered_1) returns void
language plpgsql
as $$
begin
  perform work.add('verification_8', event.position, jsonb_build_object('userId', event.id));
end
$$;
