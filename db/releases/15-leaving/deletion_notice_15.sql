-- A user who deleted their account gets a mail with a link that restores it.
create function work.deletion_notice_15_on(event log.user_left_15) returns void
language plpgsql
as $$
begin
  perform work.add('deletion_notice_15', event.position,
    jsonb_build_object('userId', event.user_id, 'leavingId', event.id));
end
$$;
