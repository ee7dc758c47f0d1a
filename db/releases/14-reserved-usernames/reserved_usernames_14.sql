-- Usernames that their owners gave up, and until when no other user can have them. The table also projects
-- registrations, so it refuses one in the transaction of any server, old or new. It compares with the time of the
-- event, so a replay decides as the append did. An expired row stays until the name is taken.
create table reserved_usernames_14 (
  username text collate "C" constraint reserved_usernames_14_pkey primary key,
  user_id uuid not null constraint reserved_usernames_14__user_unknown references user_ids_0,
  reserved_until timestamptz not null,
  position bigint not null
);
comment on table reserved_usernames_14 is 'Earlier usernames, which are reserved for user_id until reserved_until.';

create function reserved_usernames_14_on(event log.user_registered_1) returns void
language plpgsql
as $$
begin
  if exists (
      select from reserved_usernames_14
      where username = event.username and reserved_until > event.recorded_at) then
    perform log.refuse('reserved_usernames_14__username_taken',
      'the username is reserved for the user who had it before');
  end if;
  delete from reserved_usernames_14 where username = event.username;
end
$$;

create function reserved_usernames_14_on(event log.username_changed_14) returns void
language plpgsql
as $$
begin
  if exists (
      select from reserved_usernames_14
      where username = event.username and user_id <> event.user_id
        and reserved_until > event.recorded_at) then
    perform log.refuse('reserved_usernames_14__username_taken',
      'the username is reserved for the user who had it before');
  end if;
  delete from reserved_usernames_14 where username = event.username;
  if event.old_username is not null and event.reserved_until is not null then
    insert into reserved_usernames_14 (username, user_id, reserved_until, position)
    values (event.old_username, event.user_id, event.reserved_until, event.position)
    on conflict (username) do update set
      user_id = excluded.user_id, reserved_until = excluded.reserved_until,
      position = excluded.position;
  end if;
end
$$;

create function reserved_usernames_14_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  delete from reserved_usernames_14 where user_id = event.user_id;
end
$$;

create function reserved_usernames_14_ignores(
  log.password_changed_2, log.session_started_0, log.session_ended_0, log.message_sent_3,
  log.password_rehashed_4, log.conversation_read_4, log.message_edited_5, log.message_deleted_5,
  log.user_blocked_6, log.user_unblocked_6, log.mail_token_issued_8, log.email_verified_8,
  log.registration_repeated_9, log.session_started_10, log.session_labelled_10,
  log.email_changed_13, log.email_change_requested_13, log.email_reversal_offered_13
) returns void
language sql as '';
