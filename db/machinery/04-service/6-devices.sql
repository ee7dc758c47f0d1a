-- Devices: from where each user logged in lately, and the tokens in the notices about logins from elsewhere.
--
-- They are neither events nor a read table: a use of a device changes nothing that history must keep, and a token does
-- nothing but end one session, whose end is an event. Their own schema keeps them out of replay, verify, rebuild and
-- retire. The process manager of logins writes devices in the transaction of the login, so of two logins at once one
-- is the first from its device (db/releases/16-notices/login_notice_16.sql). Without its rows, a user's next login
-- counts as the first one and causes no notice. An erasure deletes both.

-- Made at once and left alone afterwards, so that no login waits for an install.
do $$
begin
  if to_regclass('sessions.devices') is not null then
    return;
  end if;
  create table sessions.devices (
    user_id uuid not null,
    device text not null,
    session_id uuid not null,
    used_at timestamptz not null,
    constraint devices_pkey primary key (user_id, device)
  ) with (fillfactor = 90);
  comment on table sessions.devices is
    'When each user last used each of their devices: at the last login there, or later, to a day, by its session '
    'session_id. device is a keyed hash of browser, operating system and network. After the owner has ended a session '
    'of the device with the link of a notice, used_at is -infinity. A row that is older than 90 days goes with the '
    'next login of its user.';
  create index devices_by_session on sessions.devices (session_id);
  create table sessions.revocation_tokens (
    token_hash bytea constraint revocation_tokens_pkey primary key,
    session_id uuid not null,
    user_id uuid not null,
    expires_at timestamptz not null
  );
  comment on table sessions.revocation_tokens is
    'The SHA-256 of each token in a notice of a login; the token ends session_id, once. A notice that was sent twice '
    'has two, and the use of one deletes both.';
  create index revocation_tokens_by_session on sessions.revocation_tokens (session_id);
  create index revocation_tokens_expires_at on sessions.revocation_tokens (expires_at);
end
$$;
