-- Backport: the messages of a departed user become tombstones, unless their text is kept. So does the service's
-- welcome, which has the user's name. The event is not one of the messages' streams, so their versions stay.
create function messages_10_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  update messages_10 set content = null, deleted_at = event.recorded_at
  where deleted_at is null and (src_id = event.user_id and not event.kept @> '{messages}'
    or src_id = 'ea06bd3d-f03a-58c1-bd97-0a26516bd775' and dst_id = event.user_id);
end
$$;
