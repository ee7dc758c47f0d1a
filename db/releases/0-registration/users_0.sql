-- Users in the shape of release 0.
create table users_0 (
  id uuid constraint users_0_pkey primary key,
  email text not null,
  password_hash text not null,
  registered_at timestamptz not null,
  position bigint not null
);
comment on table users_0 is 'Every registered user; e-mail addresses are unique, ignoring case.';

-- Collation C, so that the same addresses are equal whatever the locale of the server.
create unique index users_0__email_taken on users_0 (lower(email collate "C"));

create function users_0_on(event log.user_registered_0) returns void
language plpgsql
as $$
begin
  insert into users_0 (id, email, password_hash, registered_at, position)
  values (event.id, event.email, event.password_hash, event.recorded_at, event.position);
end
$$;

create function users_0_ignores(log.session_started_0, log.session_ended_0) returns void
language sql as '';
