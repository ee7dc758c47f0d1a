-- After a change of password the user gets a mail about it, because someone else may have made the change. The
-- worker sends it to verified addresses only.
create function work.password_notice_8_on(event log.password_changed_2) returns void
language plpgsql
as $$
begin
  perform work.add('password_notice_8', event.position,
    jsonb_build_object('userId', event.user_id));
end
$$;
