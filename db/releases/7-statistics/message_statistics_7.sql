-- How many messages were sent and how many users came, by day of UTC: events, counted once and for
-- ever. What is deleted later was sent all the same.
--
-- Each day has a row for every 4,096 positions in which something of it was counted. One row a day
-- would be written anew by every batch, and while a long transaction keeps vacuum away, every batch
-- would wade through all of that row's old versions: 18,000 of them made an append a seventh slower,
-- and nothing would stop them growing. A row here has 4,096 at most; a year of a million messages
-- a day is 90,000 rows to add up.
create table message_statistics_7 (
  day date not null,
  block bigint not null,
  messages_sent bigint not null,
  new_users bigint not null,
  constraint message_statistics_7_pkey primary key (day, block)
);
comment on table message_statistics_7 is
  'Messages sent and users registered on each day of UTC; a row for 4,096 positions of the log.';

-- Many at once: sums are the same in whatever runs they are made.
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
