-- Message senders: the users who sent a message on each day (UTC), once per day, numbered in the order of
-- their first messages. So the greatest number of a day is its count of senders, without counting rows.
create table message_senders_7 (
  day date not null,
  user_id uuid not null,
  number int not null,
  constraint message_senders_7_pkey primary key (day, user_id)
);
comment on table message_senders_7 is
  'The senders of each day (UTC); the greatest number of a day is its count of senders.';
-- On (day + 0), not on day: a connection makes the plan that looks up a sender when the table may be empty
-- and both indexes cost the same. By an index on day it would read all senders of the day.
create unique index message_senders_7__number_taken on message_senders_7 ((day + 0), number);

-- Takes an array: it only inserts, in the order of positions. The table of messages refuses senders that do
-- not exist.
--
-- Nearly always every sender is there already, and a statement that finds none missing starts faster than
-- the insert: that saves 3 % of the append of one message. Senders are looked up one by one: a plan without a
-- join suits any number of events and can be kept. A join was planned for each call, which took 70
-- microseconds instead of 12 for one event.
create function message_senders_7_on(events log.message_sent_3[]) returns void
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
begin
  if not exists (
      select from unnest(events) event
      where (
        select number from message_senders_7 there
        where there.day = (event.recorded_at at time zone 'UTC')::date
          and there.user_id = event.src_id) is null) then
    return;
  end if;
  insert into message_senders_7 (day, user_id, number)
  select day, user_id,
    row_number() over (partition by day order by first_position) + coalesce((
      select number from message_senders_7 before
      where before.day + 0 = newly.day
      order by number desc
      limit 1), 0)
  from (
    select (recorded_at at time zone 'UTC')::date as day, src_id as user_id,
      min(position) as first_position
    from unnest(events) event
    where (
      select number from message_senders_7 there
      where there.day = (event.recorded_at at time zone 'UTC')::date
        and there.user_id = event.src_id) is null
    group by 1, 2) newly;
end
$$;

create function message_senders_7_ignores(
  log.user_registered_0, log.user_registered_1, log.session_started_0, log.session_ended_0,
  log.password_changed_2, log.password_rehashed_4,
  log.conversation_read_4, log.message_edited_5, log.message_deleted_5,
  log.user_blocked_6, log.user_unblocked_6
) returns void
language sql as '';
