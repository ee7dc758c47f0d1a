-- A user has shown that they receive the mail of their address.
create table log.email_verified_8 (
  id uuid not null,
  user_id uuid not null,
  email text not null,
  recorded_at timestamptz not null,
  position bigint constraint email_verified_8_pkey primary key
);
comment on table log.email_verified_8 is 'A user showed that they receive the mail of this address.';

call log.event_table('email_verified_8', aggregate => 'user', stream => 'user_id');

-- Older code may ignore it: it decides nothing on it.
create function log.user_stream_0_ignores(log.email_verified_8) returns void
language sql as '';
create function log.user_stream_1_ignores(log.email_verified_8) returns void
language sql as '';
create function log.user_stream_2_ignores(log.email_verified_8) returns void
language sql as '';
create function log.user_stream_4_ignores(log.email_verified_8) returns void
language sql as '';
