-- The mail about a deletion contains a token that restores the account. leaving_id is the id of user_left_15, id that
-- of the mail.
create table log.restoration_offered_15 (
  id uuid not null,
  user_id uuid not null,
  leaving_id uuid not null,
  token_hash bytea not null,
  expires_at timestamptz not null
    constraint restoration_offered_15__expiry_malformed
      check (expires_at between '0001-01-01 00:00:00+00' and '9999-12-31 23:59:59.999+00'),
  recorded_at timestamptz not null,
  position bigint constraint restoration_offered_15_pkey primary key
);
comment on table log.restoration_offered_15 is
  'The mail about a deletion contains a token that restores the account; token_hash is its SHA-256.';

call log.event_table('restoration_offered_15', aggregate => 'mail_token', stream => 'id');
call log.personal('restoration_offered_15', person => 'user_id', blanks => $${
  "token_hash": "int8send(position)"
}$$);
