-- Addresses that users have asked for and not confirmed: for each user those of the newest mail. A change of the
-- address or of the password ends them: a person who knew the old password may have asked. Their readers must check
-- expires_at.
create table requested_emails_13 (
  token_hash bytea constraint requested_emails_13_pkey primary key,
  mail_id uuid not null,
  user_id uuid not null constraint requested_emails_13__user_unknown references user_ids_0,
  email text not null,
  expires_at timestamptz not null,
  position bigint not null
);
comment on table requested_emails_13 is
  'New addresses that wait for their confirmation, by the hash of the token in the mail to them.';
create index requested_emails_13_by_user on requested_emails_13 (user_id);

-- The newer mail is the one that expires later, as in mail_tokens_8.
create function requested_emails_13_on(event log.email_change_requested_13) returns void
language plpgsql
as $$
begin
  if exists (
      select from requested_emails_13
      where user_id = event.user_id and mail_id <> event.id and expires_at > event.expires_at) then
    return;
  end if;
  delete from requested_emails_13 where user_id = event.user_id and mail_id <> event.id;
  insert into requested_emails_13 (token_hash, mail_id, user_id, email, expires_at, position)
  values (event.token_hash, event.id, event.user_id, event.email, event.expires_at,
    event.position);
end
$$;

create function requested_emails_13_on(event log.email_changed_13) returns void
language plpgsql
as $$
begin
  delete from requested_emails_13 where user_id = event.user_id;
end
$$;

create function requested_emails_13_on(event log.password_changed_2) returns void
language plpgsql
as $$
begin
  delete from requested_emails_13 where user_id = event.user_id;
end
$$;

create function requested_emails_13_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  delete from requested_emails_13 where user_id = event.user_id;
end
$$;

create function requested_emails_13_ignores(
  log.user_registered_0, log.user_registered_1, log.session_started_0, log.session_ended_0,
  log.message_sent_3, log.password_rehashed_4, log.conversation_read_4,
  log.message_edited_5, log.message_deleted_5, log.user_blocked_6, log.user_unblocked_6,
  log.mail_token_issued_8, log.email_verified_8, log.username_changed_9,
  log.registration_repeated_9, log.session_started_10, log.session_labelled_10,
  log.email_reversal_offered_13
) returns void
language sql as '';
