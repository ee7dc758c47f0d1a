-- Verified users: the users whose address was verified, once each, numbered within the day (UTC) of the
-- first time. So the greatest number of a day is how many users it has, without counting rows. Statistics
-- show it as the day's new users where the number of registrations would reveal who has an account.
create table verified_users_9 (
  user_id uuid constraint verified_users_9_pkey primary key,
  day date not null,
  number int not null
);
comment on table verified_users_9 is
  'The day (UTC) on which each user was first verified; the greatest number of a day is its count of users.';
-- On (day + 0), for the reason given for message_senders_7.
create unique index verified_users_9__number_taken on verified_users_9 ((day + 0), number);

create function verified_users_9_on(event log.email_verified_8) returns void
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
declare
  v_day date := (event.recorded_at at time zone 'UTC')::date;
begin
  insert into verified_users_9 (user_id, day, number)
  select event.user_id, v_day, 1 + coalesce((
      select number from verified_users_9 before
      where before.day + 0 = v_day
      order by number desc
      limit 1), 0)
  where not exists (select from verified_users_9 there where there.user_id = event.user_id);
end
$$;

create function verified_users_9_ignores(
  log.user_registered_0, log.user_registered_1, log.session_started_0, log.session_ended_0,
  log.password_changed_2, log.message_sent_3, log.password_rehashed_4, log.conversation_read_4,
  log.message_edited_5, log.message_deleted_5, log.user_blocked_6, log.user_unblocked_6,
  log.mail_token_issued_8, log.username_changed_9, log.registration_repeated_9
) returns void
language sql as '';
