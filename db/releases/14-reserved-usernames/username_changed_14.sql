-- A user got another username. The earlier one stays reserved for them until reserved_until; where that is null, it
-- is free at once, as in release 9: a stranger may have chosen it.
create table log.username_changed_14 (
  id uuid not null,
  user_id uuid not null,
  username text not null
    constraint username_changed_14__username_malformed check (username ~ '^[a-z0-9_.-]{3,30}$'),
  old_username text,
  reserved_until timestamptz
    constraint username_changed_14__reservation_malformed
      check (reserved_until between '0001-01-01 00:00:00+00' and '9999-12-31 23:59:59.999+00'),
  recorded_at timestamptz not null,
  position bigint constraint username_changed_14_pkey primary key
);
comment on table log.username_changed_14 is
  'A user got another username; the earlier one is reserved for them until reserved_until.';

call log.event_table('username_changed_14', aggregate => 'user', stream => 'user_id');

-- At random, as in release 12: another user could have chosen a name that is made from the id.
call log.personal('username_changed_14', person => 'user_id', blanks => $${
  "username": "left(translate(gen_random_uuid()::text, '-', ''), 30)",
  "old_username": "null"
}$$);

-- The upcast: release 9 reserves nothing.
create function log.username_changed_14(event log.username_changed_9) returns log.username_changed_14
language sql immutable
as $$
  select event.id, event.user_id, event.username, null::text, null::timestamptz, event.recorded_at,
    event.position
$$;

-- The downcast: servers of releases 9 to 13 show the new username, and so do users_1 and users_2.
create function log.username_changed_9(event log.username_changed_14) returns log.username_changed_9
language sql immutable
as $$
  select event.id, event.user_id, event.username, event.recorded_at, event.position
$$;

-- Older code ignores it, as it ignores the event of release 9.
create function log.user_stream_0_ignores(log.username_changed_14) returns void
language sql as '';
create function log.user_stream_1_ignores(log.username_changed_14) returns void
language sql as '';
create function log.user_stream_2_ignores(log.username_changed_14) returns void
language sql as '';
create function log.user_stream_4_ignores(log.username_changed_14) returns void
language sql as '';
create function log.user_stream_8_ignores(log.username_changed_14) returns void
language sql as '';
