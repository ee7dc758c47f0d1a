-- Messages with their version: 1 when sent, and one more for each edit and for the deletion. That is the version
-- of the message's stream, which clients send in If-Match. The projections get every event of a message once, in
-- order, so they count. An event that a later release adds to this stream must count here, too. A deleted message
-- leaves a tombstone, without content, in its place.
create table messages_10 (
  id uuid constraint messages_10_pkey primary key,
  src_id uuid not null,
  dst_id uuid not null,
  content text,
  sent_at timestamptz not null,
  edited_at timestamptz,
  deleted_at timestamptz,
  version int not null,
  position bigint not null,
  constraint messages_10_tombstone check ((content is null) = (deleted_at is not null))
);
comment on table messages_10 is 'Every message as it is now, with its version; a deleted message has no content.';
create index messages_10_sent on messages_10 (src_id, position);
create index messages_10_inbox on messages_10 (dst_id, position);
create index messages_10_between
  on messages_10 (least(src_id, dst_id), greatest(src_id, dst_id), position);

-- Takes an array: a run has no two events of one message. Both users are looked up while the rows are inserted, as
-- in messages_5, where foreign keys cost 13 % more instructions. Every event is appended under one lock and
-- user_ids_0 only grows, so the look-ups refuse the same messages. Their plan is made once, for any number of
-- events and users.
create function messages_10_on(events log.message_sent_3[]) returns void
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
declare
  v_rows int;
begin
  insert into messages_10 (id, src_id, dst_id, content, sent_at, version, position)
  select id, src_id, dst_id, content, recorded_at, 1, position
  from unnest(events) event
  where (select id from user_ids_0 where id = event.src_id) is not null
    and (select id from user_ids_0 where id = event.dst_id) is not null;
  get diagnostics v_rows = row_count;
  if v_rows < cardinality(events) then
    perform case
      when exists (select from user_ids_0 where id = event.src_id) then
        log.refuse('messages_10__recipient_unknown', format('no user has the recipient''s id, %s', dst_id))
      else
        log.refuse('messages_10__sender_unknown', format('no user has the sender''s id, %s', src_id))
      end
    from unnest(events) event
    where not exists (select from messages_10 there where there.id = event.id);
  end if;
end
$$;

-- One message that is appended alone, without unnest. The array form refuses what this one does not insert. The append
-- has enable_seqscan off, so the look-ups need no setting of their own.
create function messages_10_on(event log.message_sent_3) returns void
language plpgsql
as $$
begin
  insert into messages_10 (id, src_id, dst_id, content, sent_at, version, position)
  select event.id, event.src_id, event.dst_id, event.content, event.recorded_at, 1, event.position
  where (select id from user_ids_0 where id = event.src_id) is not null
    and (select id from user_ids_0 where id = event.dst_id) is not null;
  if not found then
    perform messages_10_on(array[event]);
  end if;
end
$$;

-- With `is true`, only the primary key fits. The index of a box would fit as well, and could read all messages of a user.
create function messages_10_on(event log.message_edited_5) returns void
language plpgsql
as $$
begin
  update messages_10 set content = event.content, edited_at = event.recorded_at, version = version + 1
  where id = event.message_id and deleted_at is null
    and (src_id = event.src_id and dst_id = event.dst_id) is true;
  if not found then
    perform log.refuse('messages_10__not_found', 'there is no such message, so it cannot be edited');
  end if;
end
$$;

create function messages_10_on(event log.message_deleted_5) returns void
language plpgsql
as $$
begin
  update messages_10 set content = null, deleted_at = event.recorded_at, version = version + 1
  where id = event.message_id and deleted_at is null
    and (src_id = event.src_id and dst_id = event.dst_id) is true;
  if not found then
    perform log.refuse('messages_10__not_found',
      'there is no such message, so it cannot be deleted');
  end if;
end
$$;

create function messages_10_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.password_rehashed_4,
  log.session_started_0, log.session_ended_0, log.conversation_read_4,
  log.user_blocked_6, log.user_unblocked_6, log.mail_token_issued_8, log.email_verified_8,
  log.username_changed_9, log.registration_repeated_9, log.session_started_10,
  log.session_labelled_10
) returns void
language sql as '';
