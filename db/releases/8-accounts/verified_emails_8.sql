-- The addresses that users have verified. A table beside the users, not a new version of users: that would
-- have every change of a user written twice.
create table verified_emails_8 (
  user_id uuid constraint verified_emails_8_pkey primary key
    constraint verified_emails_8__user_unknown references user_ids_0,
  email text not null,
  verified_at timestamptz not null,
  position bigint not null
);
comment on table verified_emails_8 is 'The last verified address of each user.';

create function verified_emails_8_on(event log.email_verified_8) returns void
language plpgsql
as $$
begin
  insert into verified_emails_8 (user_id, email, verified_at, position)
  values (event.user_id, event.email, event.recorded_at, event.position)
  on conflict (user_id) do update set
    email = excluded.email, verified_at = excluded.verified_at, position = excluded.position;
end
$$;

create function verified_emails_8_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.session_started_0,
  log.session_ended_0, log.message_sent_3, log.password_rehashed_4, log.conversation_read_4,
  log.mail_token_issued_8, log.message_edited_5, log.message_deleted_5,
  log.user_blocked_6, log.user_unblocked_6
) returns void
language sql as '';
