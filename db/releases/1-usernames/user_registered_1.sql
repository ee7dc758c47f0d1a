-- A person registered, with a username. The username is null for users of release 0, and for writers
-- that give none.
create table log.user_registered_1 (
  id uuid not null,
  email text not null,
  password_hash text not null,
  username text
    constraint user_registered_1__username_malformed check (username ~ '^[a-z0-9_.-]{3,30}$'),
  recorded_at timestamptz not null,
  position bigint constraint user_registered_1_pkey primary key
);
comment on table log.user_registered_1 is
  'A person registered with an e-mail address and a username.';

call log.event_table('user_registered_1', aggregate => 'user', stream => 'id');

-- The upcast: an event of release 0 in the shape of release 1.
create function log.user_registered_1(event log.user_registered_0) returns log.user_registered_1
language sql immutable
as $$
  select event.id, event.email, event.password_hash, null::text, event.recorded_at, event.position
$$;

-- The downcast: servers of release 0 see new users.
create function log.user_registered_0(event log.user_registered_1) returns log.user_registered_0
language sql immutable
as $$
  select event.id, event.email, event.password_hash, event.recorded_at, event.position
$$;
