-- The data of a user who left are erased as soon as the account can no longer be restored.
create function work.erasure_15_on(event log.user_left_15) returns void
language plpgsql
as $$
begin
  perform work.add_at('erasure_15', event.position, jsonb_build_object('userId', event.user_id),
    event.recorded_at + interval '720 hours');
end
$$;
