-- The same password was hashed again, at a higher cost, after a login had shown that it was correct. It
-- changes nothing else: no session ends.
create table log.password_rehashed_4 (
  id uuid not null,
  user_id uuid not null,
  password_hash text not null,
  recorded_at timestamptz not null,
  position bigint constraint password_rehashed_4_pkey primary key
);
comment on table log.password_rehashed_4 is
  'The unchanged password of a user got a more costly hash.';

call log.event_table('password_rehashed_4', aggregate => 'user', stream => 'user_id');

-- Older code may ignore it: the hash it decides on is a hash of the same password. A downcast to
-- password_changed_2 would be wrong: in every release that event ends sessions.
create function log.user_stream_0_ignores(log.password_rehashed_4) returns void
language sql as '';
create function log.user_stream_1_ignores(log.password_rehashed_4) returns void
language sql as '';
create function log.user_stream_2_ignores(log.password_rehashed_4) returns void
language sql as '';
