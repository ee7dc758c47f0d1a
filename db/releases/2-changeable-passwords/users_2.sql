-- Users whose password changes: the shape of users_1, with the projection of password changes.
create table users_2 (
  id uuid constraint users_2_pkey primary key,
  email text not null,
  password_hash text not null,
  username text collate "C" constraint users_2__username_taken unique,
  registered_at timestamptz not null,
  position bigint not null
);
comment on table users_2 is
  'Every registered user, with the current password and the username if there is one.';
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
    perform log.refuse('users_2__user_unknown',
      'no user has this id, so no password can be changed');
  end if;
end
$$;

create function users_2_ignores(log.session_started_0, log.session_ended_0) returns void
language sql as '';
