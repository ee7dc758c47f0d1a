-- A user who is logged in changed their username, and gets a mail about it, because someone else may have made the
-- change. A username that was chosen with the link of a mail reserves no earlier one, and needs no notice.
create function work.username_notice_16_on(event log.username_changed_14) returns void
language plpgsql
as $$
begin
  if event.reserved_until is not null then
    perform work.add('username_notice_16', event.position,
      jsonb_build_object('userId', event.user_id));
  end if;
end
$$;
