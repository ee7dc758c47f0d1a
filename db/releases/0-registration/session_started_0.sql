-- A user logged in. Of the token only its SHA-256 is stored.
create table log.session_started_0 (
  id uuid not null,
  user_id uuid not null,
  token_hash bytea not null,
  expires_at timestamptz not null
    constraint session_started_0__expiry_malformed
      check (expires_at between '0001-01-01 00:00:00+00' and '9999-12-31 23:59:59.999+00'),
  recorded_at timestamptz not null,
  position bigint constraint session_started_0_pkey primary key
);
comment on table log.session_started_0 is 'A user logged in.';

call log.event_table('session_started_0', aggregate => 'session', stream => 'id');
