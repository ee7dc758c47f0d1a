-- Verified addresses that a change replaced, and which their owners can get back: with the token of the notice, as
-- soon as it is issued. Setting one back removes it with those that the account had later, so that the owner of a
-- later address cannot undo this. Readers must check expires_at.
create table replaced_emails_13 (
  change_id uuid constraint replaced_emails_13_pkey primary key,
  user_id uuid not null constraint replaced_emails_13__user_unknown references user_ids_0,
  email text not null,
  token_hash bytea,
  expires_at timestamptz,
  position bigint not null
);
comment on table replaced_emails_13 is
  'Addresses that the change change_id replaced, with the hash of the token that sets them back.';
create index replaced_emails_13_by_user on replaced_emails_13 (user_id, position);
create index replaced_emails_13_by_token on replaced_emails_13 (token_hash);

create function replaced_emails_13_on(event log.email_changed_13) returns void
language plpgsql
as $$
begin
  if event.reverts is not null then
    delete from replaced_emails_13
    where user_id = event.user_id
      and position >= (
        select position from replaced_emails_13 reverted
        where reverted.change_id = event.reverts and reverted.user_id = event.user_id);
    if not found then
      perform log.refuse('replaced_emails_13__invalid_token',
        'the user has no such change, or it was taken back before');
    end if;
  elsif event.old_verified then
    insert into replaced_emails_13 (change_id, user_id, email, position)
    values (event.id, event.user_id, event.old_email, event.position);
  end if;
end
$$;

-- A notice that is sent late, after the change was taken back, has a token that does nothing.
create function replaced_emails_13_on(event log.email_reversal_offered_13) returns void
language plpgsql
as $$
begin
  update replaced_emails_13 set token_hash = event.token_hash, expires_at = event.expires_at
  where change_id = event.change_id and user_id = event.user_id;
end
$$;

create function replaced_emails_13_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  delete from replaced_emails_13 where user_id = event.user_id;
end
$$;

create function replaced_emails_13_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.session_started_0,
  log.session_ended_0, log.message_sent_3, log.password_rehashed_4, log.conversation_read_4,
  log.message_edited_5, log.message_deleted_5, log.user_blocked_6, log.user_unblocked_6,
  log.mail_token_issued_8, log.email_verified_8, log.username_changed_9,
  log.registration_repeated_9, log.session_started_10, log.session_labelled_10,
  log.email_change_requested_13
) returns void
language sql as '';
