-- Users who deleted their accounts and whose data are not erased yet: the address that gets the mail with the link that
-- restores the account, and the hash of its token as soon as it is issued. Readers must check restorable_until.
create table left_users_15 (
  user_id uuid constraint left_users_15__already_left primary key
    constraint left_users_15__user_unknown references user_ids_0,
  leaving_id uuid not null,
  email text not null,
  restorable_until timestamptz not null,
  token_hash bytea,
  position bigint not null
);
comment on table left_users_15 is
  'Users who deleted their accounts, until when they can be restored, and the hash of the token that does it.';
create index left_users_15_by_token on left_users_15 (token_hash);

-- In hours: 30 days in a time zone with summer time can be an hour more or less, and a replay may run in another zone.
create function left_users_15_on(event log.user_left_15) returns void
language plpgsql
as $$
begin
  insert into left_users_15 (user_id, leaving_id, email, restorable_until, position)
  values (event.user_id, event.id, event.email, event.recorded_at + interval '720 hours', event.position);
end
$$;

-- A mail that is sent late, after the account was restored, has a token that does nothing.
create function left_users_15_on(event log.restoration_offered_15) returns void
language plpgsql
as $$
begin
  update left_users_15 set token_hash = event.token_hash
  where user_id = event.user_id and leaving_id = event.leaving_id;
end
$$;

-- Compares with the time of the event, so a replay decides as the append did. log.forget_left erases no user before
-- this time, and both hold the append lock: an account is restored or erased, never both.
create function left_users_15_on(event log.user_restored_15) returns void
language plpgsql
as $$
begin
  delete from left_users_15
  where user_id = event.user_id and restorable_until > event.recorded_at;
  if not found then
    perform log.refuse('left_users_15__invalid_token',
      'the user has not left, or left more than 30 days ago');
  end if;
end
$$;

create function left_users_15_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  delete from left_users_15 where user_id = event.user_id;
end
$$;

create function left_users_15_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.session_started_0,
  log.session_ended_0, log.message_sent_3, log.password_rehashed_4, log.conversation_read_4,
  log.message_edited_5, log.message_deleted_5, log.user_blocked_6, log.user_unblocked_6,
  log.mail_token_issued_8, log.email_verified_8, log.username_changed_9,
  log.registration_repeated_9, log.session_started_10, log.session_labelled_10,
  log.email_changed_13, log.email_change_requested_13, log.email_reversal_offered_13,
  log.username_changed_14
) returns void
language sql as '';
