-- Suspended users. The table also projects logins and stores nothing of them: so it refuses one in the transaction of
-- any server, old or new. blocks_17 refuses the messages.
create table suspended_users_17 (
  user_id uuid constraint suspended_users_17_pkey primary key
    constraint suspended_users_17__user_unknown references user_ids_0,
  reason text not null,
  actor text not null,
  suspended_at timestamptz not null,
  position bigint not null
);
comment on table suspended_users_17 is 'The users who are suspended, why, by which operator and since when.';

-- A user who is suspended again stays suspended since the first time.
create function suspended_users_17_on(event log.user_suspended_17) returns void
language plpgsql
as $$
begin
  insert into suspended_users_17 (user_id, reason, actor, suspended_at, position)
  values (event.user_id, event.reason, event.actor, event.recorded_at, event.position)
  on conflict (user_id) do nothing;
end
$$;

create function suspended_users_17_on(event log.user_reinstated_17) returns void
language plpgsql
as $$
begin
  delete from suspended_users_17 where user_id = event.user_id;
end
$$;

-- A user who leaves stays suspended, in case they come back. An erasure is final.
create function suspended_users_17_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  delete from suspended_users_17 where user_id = event.user_id;
end
$$;

-- Takes an array: within a run of logins no user is suspended or reinstated.
create function suspended_users_17_on(events log.session_started_10[]) returns void
language plpgsql
as $$
begin
  if exists (
      select from unnest(events) session join suspended_users_17 s on s.user_id = session.user_id) then
    perform log.refuse('suspended_users_17__suspended',
      'the user is suspended, so no session can start', 'check_violation');
  end if;
end
$$;

create function suspended_users_17_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.session_ended_0,
  log.message_sent_3, log.password_rehashed_4, log.conversation_read_4, log.message_edited_5,
  log.message_deleted_5, log.user_blocked_6, log.user_unblocked_6, log.mail_token_issued_8,
  log.email_verified_8, log.username_changed_9, log.registration_repeated_9,
  log.session_labelled_10, log.email_change_requested_13, log.email_changed_13,
  log.email_reversal_offered_13, log.username_changed_14, log.user_left_15,
  log.user_restored_15, log.restoration_offered_15, log.message_reported_17,
  log.report_settled_17
) returns void
language sql as '';
