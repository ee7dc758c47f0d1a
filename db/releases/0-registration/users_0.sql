-- Users as release 0 knows them.
create table users_0 (
  id uuid constraint users_0_pkey primary key,
  email text not null,
  password_hash text not null,
  registered_at timestamptz not null,
  position bigint not null
);
comment on table users_0 is 'Everyone who registered; e-mail addresses are unique but for case.';

-- Collation C, so that what counts as the same address does not depend on where the server runs.
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
