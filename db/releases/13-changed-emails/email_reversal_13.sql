-- The owner who set an address back gets a mail with a link by which they choose a new password.
create function work.email_reversal_13_on(event log.email_changed_13) returns void
language plpgsql
as $$
begin
  if event.reverts is not null then
    perform work.add('email_reversal_13', event.position,
      jsonb_build_object('userId', event.user_id));
  end if;
end
$$;
