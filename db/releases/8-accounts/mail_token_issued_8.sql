-- A mail to a user's address contains a token: a user who presents it has read the mail. If another worker
-- has to send a mail again, it contains a second token; id is that of the mail.
create table log.mail_token_issued_8 (
  id uuid not null,
  user_id uuid not null,
  purpose text not null
    constraint mail_token_issued_8_purpose_check
      check (purpose in ('password_reset', 'email_verification')),
  token_hash bytea not null,
  expires_at timestamptz not null
    constraint mail_token_issued_8__expiry_malformed
      check (expires_at between '0001-01-01 00:00:00+00' and '9999-12-31 23:59:59.999+00'),
  recorded_at timestamptz not null,
  position bigint constraint mail_token_issued_8_pkey primary key
);
comment on table log.mail_token_issued_8 is
  'A mail to a user contains a token; token_hash is its SHA-256.';

call log.event_table('mail_token_issued_8', aggregate => 'mail_token', stream => 'id');
