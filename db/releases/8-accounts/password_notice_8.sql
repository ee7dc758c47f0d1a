-- Whose password changes, in whatever way, gets a mail that says so: he may not have done it.
create function work.password_notice_8_on(event log.password_changed_2) returns void
language plpgsql
as $$
begin
  perform work.add('password_notice_8', event.position,
    jsonb_build_object('userId', event.user_id));
end
$$;
