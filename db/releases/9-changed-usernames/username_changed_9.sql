-- A user got another username. In release 9 only the owner of an address can choose one, when they first show
-- that they receive its mail: someone else may have registered the address and chosen the first username.
create table log.username_changed_9 (
  id uuid not null,
  user_id uuid not null,
  username text not null
    constraint username_changed_9__username_malformed check (username ~ '^[a-z0-9_.-]{3,30}$'),
  recorded_at timestamptz not null,
  position bigint constraint username_changed_9_pkey primary key
);
comment on table log.username_changed_9 is 'A user got another username; the earlier one is free again.';

call log.event_table('username_changed_9', aggregate => 'user', stream => 'user_id');

-- Older code may ignore it: it decides nothing on a username but whether a password equals it.
create function log.user_stream_0_ignores(log.username_changed_9) returns void
language sql as '';
create function log.user_stream_1_ignores(log.username_changed_9) returns void
language sql as '';
create function log.user_stream_2_ignores(log.username_changed_9) returns void
language sql as '';
create function log.user_stream_4_ignores(log.username_changed_9) returns void
language sql as '';
create function log.user_stream_8_ignores(log.username_changed_9) returns void
language sql as '';
