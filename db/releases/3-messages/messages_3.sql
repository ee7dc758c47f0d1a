-- Messages, for their senders and recipients. The table refers to user_ids_0, so that no new version of
-- users forces a new version of it.
create table messages_3 (
  id uuid constraint messages_3_pkey primary key,
  src_id uuid not null constraint messages_3__sender_unknown references user_ids_0,
  dst_id uuid not null constraint messages_3__recipient_unknown references user_ids_0,
  content text not null,
  sent_at timestamptz not null,
  position bigint not null
);
comment on table messages_3 is 'Every message.';
create index messages_3_sent on messages_3 (src_id, position);
create index messages_3_inbox on messages_3 (dst_id, position);
create index messages_3_between
  on messages_3 (least(src_id, dst_id), greatest(src_id, dst_id), position);

-- Takes an array: it only inserts, so a run of messages is one statement.
create function messages_3_on(events log.message_sent_3[]) returns void
language plpgsql
as $$
begin
  insert into messages_3 (id, src_id, dst_id, content, sent_at, position)
  select id, src_id, dst_id, content, recorded_at, position from unnest(events);
end
$$;

create function messages_3_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2,
  log.session_started_0, log.session_ended_0
) returns void
language sql as '';
