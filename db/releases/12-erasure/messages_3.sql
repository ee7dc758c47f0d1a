-- Backport: the messages of a departed user disappear, unless their text is kept. So does the service's welcome,
-- which has the user's name. The shape of the table has no tombstones.
create function messages_3_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  delete from messages_3
  where src_id = event.user_id and not event.kept @> '{messages}'
    or src_id = 'ea06bd3d-f03a-58c1-bd97-0a26516bd775' and dst_id = event.user_id;
end
$$;
