-- Tokens of mails that can still be used: for each user and purpose those of the newest mail, until one is
-- used. Their readers must check expires_at.
create table mail_tokens_8 (
  token_hash bytea constraint mail_tokens_8_pkey primary key,
  mail_id uuid not null,
  user_id uuid not null constraint mail_tokens_8__user_unknown references user_ids_0,
  purpose text not null,
  expires_at timestamptz not null,
  position bigint not null
);
comment on table mail_tokens_8 is
  'Tokens of mails, by hash. Using one uses up all tokens of the same user and purpose.';
create index mail_tokens_8_by_user on mail_tokens_8 (user_id, purpose);

-- The newer mail is the one that expires later: a mail that was requested earlier but sent later replaces
-- none.
create function mail_tokens_8_on(event log.mail_token_issued_8) returns void
language plpgsql
as $$
begin
  if exists (
      select from mail_tokens_8
      where user_id = event.user_id and purpose = event.purpose and mail_id <> event.id
        and expires_at > event.expires_at) then
    return;
  end if;
  delete from mail_tokens_8
  where user_id = event.user_id and purpose = event.purpose and mail_id <> event.id;
  insert into mail_tokens_8 (token_hash, mail_id, user_id, purpose, expires_at, position)
  values (event.token_hash, event.id, event.user_id, event.purpose, event.expires_at,
    event.position);
end
$$;

-- Used, or no longer needed: a password reset mail is good for one change.
create function mail_tokens_8_on(event log.password_changed_2) returns void
language plpgsql
as $$
begin
  delete from mail_tokens_8 where user_id = event.user_id and purpose = 'password_reset';
end
$$;

create function mail_tokens_8_on(event log.email_verified_8) returns void
language plpgsql
as $$
begin
  delete from mail_tokens_8 where user_id = event.user_id and purpose = 'email_verification';
end
$$;

create function mail_tokens_8_ignores(
  log.user_registered_0, log.user_registered_1, log.session_started_0, log.session_ended_0,
  log.message_sent_3, log.password_rehashed_4, log.conversation_read_4,
  log.message_edited_5, log.message_deleted_5, log.user_blocked_6, log.user_unblocked_6
) returns void
language sql as '';
