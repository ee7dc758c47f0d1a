-- Conversations: one row for each pair of users, with the position of the last message and, for each of the
-- two, the bounds of their unread messages. These lie between the position that the user has read and that of
-- the last message received; if the second is not beyond the first, there are none. Readers count them, and
-- find the last message by its position (see Decisions in db/README.md), so edits and deletions change nothing
-- here. No index has a column that a message changes, and pages have free space, so that the row of a message
-- is updated in place. The table of messages refuses users that do not exist.
create table conversations_4 (
  least_id uuid not null,
  greatest_id uuid not null,
  last_position bigint not null,
  received_by_least_position bigint not null,
  received_by_greatest_position bigint not null,
  read_by_least_position bigint not null,
  read_by_greatest_position bigint not null,
  constraint conversations_4_pkey primary key (least_id, greatest_id)
) with (fillfactor = 70);
comment on table conversations_4 is
  'For each pair of users, by id: the positions of the last message, of the last one that each received, and '
  'up to which each has read (0: none).';
create index conversations_4_greatest on conversations_4 (greatest_id);

-- Takes an array: it keeps the greatest position, so neither the order of events nor the cut into runs
-- matters. A message from users to themselves does not count as received.
create function conversations_4_on(events log.message_sent_3[]) returns void
language plpgsql
as $$
begin
  insert into conversations_4 as c (least_id, greatest_id, last_position,
    received_by_least_position, received_by_greatest_position,
    read_by_least_position, read_by_greatest_position)
  select least(src_id, dst_id), greatest(src_id, dst_id), max(position),
    coalesce(max(position) filter (where dst_id < src_id), 0),
    coalesce(max(position) filter (where dst_id > src_id), 0), 0, 0
  from unnest(events)
  group by 1, 2
  on conflict (least_id, greatest_id) do update set
    last_position = greatest(c.last_position, excluded.last_position),
    received_by_least_position =
      greatest(c.received_by_least_position, excluded.received_by_least_position),
    received_by_greatest_position =
      greatest(c.received_by_greatest_position, excluded.received_by_greatest_position);
end
$$;

create function conversations_4_on(event log.conversation_read_4) returns void
language plpgsql
as $$
begin
  update conversations_4 set
    read_by_least_position = case when event.user_id = least_id
      then greatest(read_by_least_position, event.up_to_position) else read_by_least_position end,
    read_by_greatest_position = case when event.user_id = greatest_id
      then greatest(read_by_greatest_position, event.up_to_position) else read_by_greatest_position end
  where least_id = least(event.user_id, event.with_id)
    and greatest_id = greatest(event.user_id, event.with_id);
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
