-- Backport: servers of releases 3 and 4 show a message as it was edited, and no longer what was
-- deleted: their shape has no tombstones.
create function messages_3_on(event log.message_edited_5) returns void
language plpgsql
as $$
begin
  update messages_3 set content = event.content
  where id = event.message_id and src_id = event.src_id and dst_id = event.dst_id;
  if not found then
    raise foreign_key_violation using
      schema = 'read', table = 'messages_3', constraint = 'messages_3__not_found',
      message = 'a message that is not there cannot be edited';
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
    raise foreign_key_violation using
      schema = 'read', table = 'messages_3', constraint = 'messages_3__not_found',
      message = 'a message that is not there cannot be deleted';
  end if;
end
$$;
