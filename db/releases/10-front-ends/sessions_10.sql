-- Sessions that slide, with what their users see of them. A session is valid until the later of expires_at and the
-- expires_at of its row in sessions.uses: in the look-up of a token, in lists, and in what a command expects below.
-- sessions_2 and sessions_0 have the same expires_at, so older servers end each session after its first period,
-- never later than this release.
create table sessions_10 (
  id uuid constraint sessions_10_pkey primary key,
  user_id uuid not null
    constraint sessions_10__user_unknown references user_ids_0,
  token_hash bytea not null constraint sessions_10__token_taken unique,
  started_at timestamptz not null,
  expires_at timestamptz not null,
  idle_days int,
  ends_at timestamptz,
  user_agent text,
  label text,
  position bigint not null
);
comment on table sessions_10 is
  'Sessions that have not been ended. Their readers must check expires_at, which a row of sessions.uses extends.';
create index sessions_10_by_user on sessions_10 (user_id, position);

create function sessions_10_on(event log.session_started_10) returns void
language plpgsql
as $$
begin
  insert into sessions_10 (id, user_id, token_hash, started_at, expires_at, idle_days, ends_at,
    user_agent, label, position)
  values (event.id, event.user_id, event.token_hash, event.recorded_at, event.expires_at,
    event.idle_days, event.ends_at, event.user_agent, event.label, event.position);
end
$$;

-- With `is true`, only the primary key fits, and not the index of a user's sessions.
create function sessions_10_on(event log.session_labelled_10) returns void
language plpgsql
as $$
begin
  update sessions_10 set label = event.label where id = event.id and (user_id = event.user_id) is true;
  if not found then
    perform log.refuse('sessions_10__not_found',
      'the user has no such session, so it cannot be labelled');
  end if;
end
$$;

create function sessions_10_on(event log.session_ended_0) returns void
language plpgsql
as $$
begin
  delete from sessions_10 where id = event.id and (user_id = event.user_id) is true;
  if not found then
    perform log.refuse('sessions_10__not_found',
      'the user has no such session, so it cannot be ended');
  end if;
end
$$;

create function sessions_10_on(event log.password_changed_2) returns void
language plpgsql
as $$
begin
  delete from sessions_10
  where user_id = event.user_id and id is distinct from event.session_id;
end
$$;

create function sessions_10_ignores(
  log.user_registered_0, log.user_registered_1, log.message_sent_3, log.password_rehashed_4,
  log.conversation_read_4, log.message_edited_5, log.message_deleted_5, log.user_blocked_6,
  log.user_unblocked_6, log.mail_token_issued_8, log.email_verified_8, log.username_changed_9,
  log.registration_repeated_9
) returns void
language sql as '';

-- What a command expects of its session: it has neither ended nor expired. A use that is recorded meanwhile only
-- moves the expiry to a later time. It is called stable so that it becomes a part of the statement that asks; the
-- clock is read there for each key.
create function sessions_10_accepts(key uuid) returns setof uuid
language sql stable
as $$
  select id from sessions_10
  where id = key and greatest(expires_at, (
    select used.expires_at from sessions.uses used where used.session_id = key)) > clock_timestamp()
$$;

-- Each key is looked up by a subquery of its own, so that no plan reads a whole table.
create function sessions_10_expects(keys uuid[]) returns void
language plpgsql
as $$
begin
  if exists (select from unnest(keys) key where not exists (select from sessions_10_accepts(key))) then
    perform log.refuse('sessions_10__unauthenticated', 'the session has ended or expired');
  end if;
end
$$;
