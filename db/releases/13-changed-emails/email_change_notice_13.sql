-- The earlier address of a user gets a notice, if it was verified. Setting it back needs none.
create function work.email_change_notice_13_on(event log.email_changed_13) returns void
language plpgsql
as $$
begin
  if event.old_verified and event.reverts is null then
    perform work.add('email_change_notice_13', event.position,
      jsonb_build_object('userId', event.user_id, 'changeId', event.id));
  end if;
end
$$;
