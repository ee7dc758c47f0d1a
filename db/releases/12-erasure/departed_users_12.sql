-- Departed users: those whose personal data were erased. Their ids stay, so that what others received from them
-- still has a sender.
create table departed_users_12 (
  id uuid constraint departed_users_12_pkey primary key
    constraint departed_users_12__user_unknown references user_ids_0,
  departed_at timestamptz not null,
  position bigint not null
);
comment on table departed_users_12 is 'The users whose personal data were erased, and since when.';

create function departed_users_12_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  insert into departed_users_12 (id, departed_at, position)
  values (event.user_id, event.recorded_at, event.position);
end
$$;

create function departed_users_12_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.password_rehashed_4,
  log.session_started_0, log.session_ended_0, log.message_sent_3, log.conversation_read_4,
  log.message_edited_5, log.message_deleted_5, log.user_blocked_6, log.user_unblocked_6,
  log.mail_token_issued_8, log.email_verified_8, log.username_changed_9, log.registration_repeated_9,
  log.session_started_10, log.session_labelled_10
) returns void
language sql as '';
