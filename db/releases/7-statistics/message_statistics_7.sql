-- Statistics: how many messages were sent and how many users registered, by day (UTC). Events are counted
-- once and for all: a message that is deleted later was still sent.
--
-- Each day has a row for every 4,096 positions in which some event of it was counted. A single row per day
-- would be updated by every batch. While a long transaction prevents vacuum, every batch would read all
-- dead versions of that row: 18,000 of them made an append one seventh slower, and their number has no
-- bound. Here a row has 4,096 versions at most. A year with a million messages a day is 90,000 rows to sum.
create table message_statistics_7 (
  day date not null,
  block bigint not null,
  messages_sent bigint not null,
  new_users bigint not null,
  constraint message_statistics_7_pkey primary key (day, block)
);
comment on table message_statistics_7 is
  'Messages sent and users registered on each day (UTC); one row for 4,096 positions of the log.';

-- Takes an array: sums do not depend on how events are cut into runs.
create function message_statistics_7_on(events log.message_sent_3[]) returns void
language plpgsql
as $$
begin
  insert into message_statistics_7 (day, block, messages_sent, new_users)
  select (recorded_at at time zone 'UTC')::date, position / 4096, count(*), 0
  from unnest(events)
  group by 1, 2
  on conflict on constraint message_statistics_7_pkey
  do update set messages_sent = message_statistics_7.messages_sent + excluded.messages_sent;
end
$$;

create function message_statistics_7_on(events log.user_registered_1[]) returns void
language plpgsql
as $$
begin
  insert into message_statistics_7 (day, block, messages_sent, new_users)
  select (recorded_at at time zone 'UTC')::date, position / 4096, 0, count(*)
  from unnest(events)
  group by 1, 2
  on conflict on constraint message_statistics_7_pkey
  do update set new_users = message_statistics_7.new_users + excluded.new_users;
end
$$;

create function message_statistics_7_ignores(
  log.session_started_0, log.session_ended_0, log.password_changed_2, log.password_rehashed_4,
  log.conversation_read_4, log.message_edited_5, log.message_deleted_5,
  log.user_blocked_6, log.user_unblocked_6
) returns void
language sql as '';
