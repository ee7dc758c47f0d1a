-- Backport: servers of releases 3 and 4 show a message as it was edited, and no deleted messages: their
-- shape has no tombstones.
create function messages_3_on(event log.message_edited_5) returns void
language plpgsql
as $$
begin
  update messages_3 set content = event.content
  where id = event.message_id and src_id = event.src_id and dst_id = event.dst_id;
  if not found then
    perform log.refuse('messages_3__not_found', 'there is no such message, so it cannot be edited');
  end if;
end
$$;

create function messages_3_on(event log.message_deleted_5) returns void
language plpgsql
as $$
begin
  delete from messages_3
  where id = event.message_id and src_id = event.src_id and dst_id = event.dst_id;
  if not found then
    perform log.refuse('messages_3__not_found',
      'there is no such message, so it cannot be deleted');
  end if;
end
$$;
