-- A mail to a new address contains a token: a user who presents it has asked for this address and reads its mail.
-- If the address has an account, the mail does not contain the token, but the event is the same. id is that of the
-- mail.
create table log.email_change_requested_13 (
  id uuid not null,
  user_id uuid not null,
  email text not null,
  token_hash bytea not null,
  expires_at timestamptz not null
    constraint email_change_requested_13__expiry_malformed
      check (expires_at between '0001-01-01 00:00:00+00' and '9999-12-31 23:59:59.999+00'),
  recorded_at timestamptz not null,
  position bigint constraint email_change_requested_13_pkey primary key
);
comment on table log.email_change_requested_13 is
  'A user asked for another e-mail address; token_hash is the SHA-256 of the token in the mail to it.';

call log.event_table('email_change_requested_13', aggregate => 'mail_token', stream => 'id');
call log.personal('email_change_requested_13', person => 'user_id', blanks => $${
  "email": "'forgotten:' || user_id",
  "token_hash": "int8send(position)"
}$$);
