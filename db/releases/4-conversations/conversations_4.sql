-- Conversations: for each user and each partner the last message, and what bounds the unread ones. Those
-- lie between read_position and received_position; where the two are in order there is none. They
-- are counted by whoever reads (see Decisions in db/README.md), so nothing here depends on a message's
-- being edited or deleted. No column that a message changes is in an index, and pages have room, so that
-- its two rows are updated in place. That users exist is what the table of messages refuses otherwise.
create table conversations_4 (
  user_id uuid not null,
  with_id uuid not null,
  last_id uuid not null,
  last_position bigint not null,
  received_position bigint not null,
  read_position bigint not null,
  constraint conversations_4_pkey primary key (user_id, with_id)
) with (fillfactor = 70);
comment on table conversations_4 is
  'Of each user and partner the last message, the last one received, and how far user_id has read (0: none).';

-- Many at once: it takes the greatest, so that neither order nor the cutting into runs matters. What
-- somebody writes to himself he has not received.
create function conversations_4_on(events log.message_sent_3[]) returns void
language plpgsql
as $$
begin
  insert into conversations_4 as c
    (user_id, with_id, last_id, last_position, received_position, read_position)
  select distinct on (user_id, with_id) user_id, with_id, id, position,
    coalesce(max(position) filter (where received) over (partition by user_id, with_id), 0), 0
  from (
    select src_id as user_id, dst_id as with_id, id, position, false as received from unnest(events)
    union all
    select dst_id, src_id, id, position, true from unnest(events) where src_id <> dst_id) sides
  order by user_id, with_id, position desc
  on conflict (user_id, with_id) do update set
    last_id = case when excluded.last_position > c.last_position
      then excluded.last_id else c.last_id end,
    last_position = greatest(c.last_position, excluded.last_position),
    received_position = greatest(c.received_position, excluded.received_position);
end
$$;

create function conversations_4_on(event log.conversation_read_4) returns void
language plpgsql
as $$
begin
  update conversations_4 set read_position = greatest(read_position, event.up_to_position)
  where user_id = event.user_id and with_id = event.with_id;
  if not found then
    raise foreign_key_violation using
      schema = 'read', table = 'conversations_4', constraint = 'conversations_4__not_found',
      message = 'a conversation of which there is no message cannot be read';
  end if;
end
$$;

create function conversations_4_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.password_rehashed_4,
  log.session_started_0, log.session_ended_0
) returns void
language sql as '';
