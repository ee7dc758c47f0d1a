-- A user deleted their account. It can be restored for 30 days; then its data are erased. email and username are those
-- that the user gave up: the address is free at once, the username stays reserved until then.
create table log.user_left_15 (
  id uuid not null,
  user_id uuid not null,
  email text not null,
  username text,
  recorded_at timestamptz not null,
  position bigint constraint user_left_15_pkey primary key
);
comment on table log.user_left_15 is
  'A user deleted their account, which can be restored for 30 days. email and username are those given up.';

call log.event_table('user_left_15', aggregate => 'user', stream => 'user_id');
call log.personal('user_left_15', person => 'user_id', blanks => $${
  "email": "'forgotten:' || user_id",
  "username": "null"
}$$);

-- No older code may ignore the event: it would decide on a user who has left.
