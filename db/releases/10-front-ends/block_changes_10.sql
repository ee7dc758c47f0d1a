-- Where in the log each user has blocked or unblocked others: live updates find there what a device of the user
-- missed. It is a table of its own, because an index on an event table could only be created while no event is
-- appended. Blocking a blocked user again is no event.
create table block_changes_10 (
  user_id uuid not null,
  position bigint not null,
  constraint block_changes_10_pkey primary key (user_id, position)
);
comment on table block_changes_10 is 'The positions of all events by which user_id blocked or unblocked a user.';

-- These take arrays: they only insert, so a run of events is one statement.
create function block_changes_10_on(events log.user_blocked_6[]) returns void
language plpgsql
as $$
begin
  insert into block_changes_10 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function block_changes_10_on(events log.user_unblocked_6[]) returns void
language plpgsql
as $$
begin
  insert into block_changes_10 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function block_changes_10_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.password_rehashed_4,
  log.session_started_0, log.session_ended_0, log.message_sent_3, log.conversation_read_4,
  log.message_edited_5, log.message_deleted_5, log.mail_token_issued_8, log.email_verified_8,
  log.username_changed_9, log.registration_repeated_9, log.session_started_10,
  log.session_labelled_10
) returns void
language sql as '';
