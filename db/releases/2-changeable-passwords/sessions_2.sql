-- Sessions: a change of password ends all sessions of the user except the one it was made in.
create table sessions_2 (
  id uuid constraint sessions_2_pkey primary key,
  user_id uuid not null
    constraint sessions_2__user_unknown references user_ids_0,
  token_hash bytea not null constraint sessions_2__token_taken unique,
  started_at timestamptz not null,
  expires_at timestamptz not null,
  position bigint not null
);
comment on table sessions_2 is 'Sessions that have not been ended; their readers must check expires_at.';
create index sessions_2_by_user on sessions_2 (user_id, position);

create function sessions_2_on(event log.session_started_0) returns void
language plpgsql
as $$
begin
  insert into sessions_2 (id, user_id, token_hash, started_at, expires_at, position)
  values (event.id, event.user_id, event.token_hash, event.recorded_at, event.expires_at,
    event.position);
end
$$;

create function sessions_2_on(event log.session_ended_0) returns void
language plpgsql
as $$
begin
  delete from sessions_2 where id = event.id and user_id = event.user_id;
  if not found then
    perform log.refuse('sessions_2__not_found',
      'the user has no such session, so it cannot be ended');
  end if;
end
$$;

create function sessions_2_on(event log.password_changed_2) returns void
language plpgsql
as $$
begin
  delete from sessions_2
  where user_id = event.user_id and id is distinct from event.session_id;
end
$$;

create function sessions_2_ignores(log.user_registered_0, log.user_registered_1) returns void
language sql as '';

-- What a command expects of its session: it has neither ended nor expired. Each key is looked up by a subquery
-- of its own, so that no plan reads the whole table.
create function sessions_2_expects(keys uuid[]) returns void
language plpgsql
as $$
begin
  if exists (
      select from unnest(keys) key
      where coalesce(
        (select expires_at <= clock_timestamp() from sessions_2 where id = key), true)) then
    perform log.refuse('sessions_2__unauthenticated', 'the session has ended or expired');
  end if;
end
$$;
