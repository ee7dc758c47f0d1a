-- The same password was hashed anew, at a higher cost, after a login had shown that it was right.
-- Nothing else changes by it: no session ends.
create table log.password_rehashed_4 (
  id uuid not null,
  user_id uuid not null,
  password_hash text not null,
  recorded_at timestamptz not null,
  position bigint constraint password_rehashed_4_pkey primary key
);
comment on table log.password_rehashed_4 is
  'The password of a user, which stayed the same, got a dearer hash.';

call log.event_table('password_rehashed_4', aggregate => 'user', stream => 'user_id');

-- Harmless to older code: what it decides on is a hash of the same password. A downcast to
-- password_changed_2 would be a lie: to every release, that event ends sessions.
create function log.user_stream_0_ignores(log.password_rehashed_4) returns void
language sql as '';
create function log.user_stream_1_ignores(log.password_rehashed_4) returns void
language sql as '';
create function log.user_stream_2_ignores(log.password_rehashed_4) returns void
language sql as '';
