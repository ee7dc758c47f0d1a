-- A user who had left came back within 30 days. The event has all that the read tables gave up, so that each version of
-- them takes it from here.
create table log.user_restored_15 (
  id uuid not null,
  user_id uuid not null,
  email text not null,
  username text,
  password_hash text not null,
  recorded_at timestamptz not null,
  position bigint constraint user_restored_15_pkey primary key
);
comment on table log.user_restored_15 is
  'The account of a user who had left was restored, with this address, username and password.';

call log.event_table('user_restored_15', aggregate => 'user', stream => 'user_id');
call log.personal('user_restored_15', person => 'user_id', blanks => $${
  "email": "'forgotten:' || user_id",
  "username": "null",
  "password_hash": "'*'"
}$$);
