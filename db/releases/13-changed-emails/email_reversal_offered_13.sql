-- A notice to the earlier address of a user contains a token that takes the change change_id back. id is that of the
-- mail.
create table log.email_reversal_offered_13 (
  id uuid not null,
  user_id uuid not null,
  change_id uuid not null,
  token_hash bytea not null,
  expires_at timestamptz not null
    constraint email_reversal_offered_13__expiry_malformed
      check (expires_at between '0001-01-01 00:00:00+00' and '9999-12-31 23:59:59.999+00'),
  recorded_at timestamptz not null,
  position bigint constraint email_reversal_offered_13_pkey primary key
);
comment on table log.email_reversal_offered_13 is
  'A notice of the change change_id contains a token that takes it back; token_hash is its SHA-256.';

call log.event_table('email_reversal_offered_13', aggregate => 'mail_token', stream => 'id');
call log.personal('email_reversal_offered_13', person => 'user_id', blanks => $${
  "token_hash": "int8send(position)"
}$$);
