-- Conversations: for each user and each partner the last message, and the bounds of the unread ones. Unread
-- messages lie between read_position and received_position; if received_position is not beyond it, there
-- are none. Readers count them (see Decisions in db/README.md), so edits and deletions change nothing
-- here. No index has a column that a message changes, and pages have free space, so that the two rows of a
-- message are updated in place. The table of messages refuses users that do not exist.
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
  'For each user and partner: the last message, the last one received, and how far user_id has '
  'read (0: none).';

-- Takes an array: it keeps the greatest position, so neither the order of events nor the cut into runs
-- matters. A message from users to themselves does not count as received.
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
    perform log.refuse('conversations_4__not_found',
      'the two users have no messages, so none can be read');
  end if;
end
$$;

create function conversations_4_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.password_rehashed_4,
  log.session_started_0, log.session_ended_0
) returns void
language sql as '';
