-- Users with usernames. Collation C sorts bytewise, so that one index sorts and finds prefixes.
create table users_1 (
  id uuid constraint users_1_pkey primary key,
  email text not null,
  password_hash text not null,
  username text collate "C" constraint users_1__username_taken unique,
  registered_at timestamptz not null,
  position bigint not null
);
comment on table users_1 is 'Every registered user, with the username if there is one.';
create unique index users_1__email_taken on users_1 (lower(email collate "C"));

create function users_1_on(event log.user_registered_1) returns void
language plpgsql
as $$
begin
  insert into users_1 (id, email, password_hash, username, registered_at, position)
  values (event.id, event.email, event.password_hash, event.username, event.recorded_at,
    event.position);
end
$$;

create function users_1_ignores(log.session_started_0, log.session_ended_0) returns void
language sql as '';
