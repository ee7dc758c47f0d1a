-- Messages, for their senders and recipients. The table refers to user_ids_0, so that no new version of
-- users forces a new version of it.
create table messages_3 (
  id uuid constraint messages_3_pkey primary key,
  src_id uuid not null,
  dst_id uuid not null,
  content text not null,
  sent_at timestamptz not null,
  position bigint not null
);
comment on table messages_3 is 'Every message.';
create index messages_3_sent on messages_3 (src_id, position);
create index messages_3_inbox on messages_3 (dst_id, position);
create index messages_3_between
  on messages_3 (least(src_id, dst_id), greatest(src_id, dst_id), position);

-- Takes an array: it only inserts, so a run of messages is one statement. Both users are looked up
-- while the rows are inserted. Foreign keys would run a statement for each row and key: without them an append
-- of 100 messages takes 13 % fewer instructions. The look-ups refuse the same messages, since every event is
-- appended under one lock and user_ids_0 only grows. Their plan is made once, for any number of events and
-- users.
create function messages_3_on(events log.message_sent_3[]) returns void
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
declare
  v_rows int;
begin
  insert into messages_3 (id, src_id, dst_id, content, sent_at, position)
  select id, src_id, dst_id, content, recorded_at, position
  from unnest(events) event
  where (select id from user_ids_0 where id = event.src_id) is not null
    and (select id from user_ids_0 where id = event.dst_id) is not null;
  get diagnostics v_rows = row_count;
  if v_rows < cardinality(events) then
    perform case
      when exists (select from user_ids_0 where id = event.src_id) then
        log.refuse('messages_3__recipient_unknown', format('no user has the recipient''s id, %s', dst_id))
      else
        log.refuse('messages_3__sender_unknown', format('no user has the sender''s id, %s', src_id))
      end
    from unnest(events) event
    where not exists (select from messages_3 there where there.id = event.id);
  end if;
end
$$;

create function messages_3_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2,
  log.session_started_0, log.session_ended_0
) returns void
language sql as '';
