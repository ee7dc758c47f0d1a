-- Users whose password changes: the shape of users_1, but this one knows.
create table users_2 (
  id uuid constraint users_2_pkey primary key,
  email text not null,
  password_hash text not null,
  username text collate "C" constraint users_2__username_taken unique,
  registered_at timestamptz not null,
  position bigint not null
);
comment on table users_2 is 'Everyone who registered, with the present password and the username where there is one.';
create unique index users_2__email_taken on users_2 (lower(email collate "C"));

create function users_2_on(event log.user_registered_1) returns void
language plpgsql
as $$
begin
  insert into users_2 (id, email, password_hash, username, registered_at, position)
  values (event.id, event.email, event.password_hash, event.username, event.recorded_at,
    event.position);
end
$$;

create function users_2_on(event log.password_changed_2) returns void
language plpgsql
as $$
begin
  update users_2 set password_hash = event.password_hash where id = event.user_id;
  if not found then
    raise foreign_key_violation using
      schema = 'read', table = 'users_2', constraint = 'users_2__user_unknown',
      message = 'the password of somebody who never registered cannot change';
  end if;
end
$$;

create function users_2_ignores(log.session_started_0, log.session_ended_0) returns void
language sql as '';
