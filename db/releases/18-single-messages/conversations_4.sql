-- One message that is appended alone: the same as an array of one, without unnest and groups.
create function conversations_4_on(event log.message_sent_3) returns void
language plpgsql
as $$
begin
  insert into conversations_4 as c (least_id, greatest_id, last_position,
    received_by_least_position, received_by_greatest_position,
    read_by_least_position, read_by_greatest_position)
  values (least(event.src_id, event.dst_id), greatest(event.src_id, event.dst_id), event.position,
    case when event.dst_id < event.src_id then event.position else 0 end,
    case when event.dst_id > event.src_id then event.position else 0 end, 0, 0)
  on conflict (least_id, greatest_id) do update set
    last_position = greatest(c.last_position, excluded.last_position),
    received_by_least_position =
      greatest(c.received_by_least_position, excluded.received_by_least_position),
    received_by_greatest_position =
      greatest(c.received_by_greatest_position, excluded.received_by_greatest_position);
end
$$;
