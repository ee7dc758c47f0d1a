-- Sessions in the shape of release 0: a session that ends is removed.
create table sessions_0 (
  id uuid constraint sessions_0_pkey primary key,
  user_id uuid not null
    constraint sessions_0__user_unknown references user_ids_0,
  token_hash bytea not null constraint sessions_0__token_taken unique,
  started_at timestamptz not null,
  expires_at timestamptz not null,
  position bigint not null
);
comment on table sessions_0 is 'Sessions that have not been ended; their readers must check expires_at.';
create index sessions_0_by_user on sessions_0 (user_id, position);

create function sessions_0_on(event log.session_started_0) returns void
language plpgsql
as $$
begin
  insert into sessions_0 (id, user_id, token_hash, started_at, expires_at, position)
  values (event.id, event.user_id, event.token_hash, event.recorded_at, event.expires_at,
    event.position);
end
$$;

create function sessions_0_on(event log.session_ended_0) returns void
language plpgsql
as $$
begin
  delete from sessions_0 where id = event.id and user_id = event.user_id;
  if not found then
    perform log.refuse('sessions_0__not_found',
      'the user has no such session, so it cannot be ended');
  end if;
end
$$;

create function sessions_0_ignores(log.user_registered_0) returns void
language sql as '';
