-- The history of each account: its registration, logins, password changes, and the sessions that its
-- user ended. No hash and no token. It is a table of its own, because the log finds sessions only by id,
-- and an index on an event table could only be created while no event is appended. A new hash of the same
-- password is not part of the history.
create table user_history_7 (
  user_id uuid not null,
  position bigint not null,
  what text not null,
  session_id uuid,
  happened_at timestamptz not null,
  constraint user_history_7_pkey primary key (user_id, position)
);
comment on table user_history_7 is
  'The history of each account; session_id is the session that it happened to or in.';

-- These take arrays: they only insert, so a run of events is one statement.
create function user_history_7_on(events log.user_registered_1[]) returns void
language plpgsql
as $$
begin
  insert into user_history_7 (user_id, position, what, session_id, happened_at)
  select id, position, 'registered', null, recorded_at from unnest(events);
end
$$;

create function user_history_7_on(events log.session_started_0[]) returns void
language plpgsql
as $$
begin
  insert into user_history_7 (user_id, position, what, session_id, happened_at)
  select user_id, position, 'logged_in', id, recorded_at from unnest(events);
end
$$;

-- It ended every session except this one.
create function user_history_7_on(events log.password_changed_2[]) returns void
language plpgsql
as $$
begin
  insert into user_history_7 (user_id, position, what, session_id, happened_at)
  select user_id, position, 'password_changed', session_id, recorded_at from unnest(events);
end
$$;

create function user_history_7_on(events log.session_ended_0[]) returns void
language plpgsql
as $$
begin
  insert into user_history_7 (user_id, position, what, session_id, happened_at)
  select user_id, position, 'session_ended', id, recorded_at from unnest(events);
end
$$;

create function user_history_7_ignores(
  log.message_sent_3, log.password_rehashed_4, log.conversation_read_4,
  log.message_edited_5, log.message_deleted_5, log.user_blocked_6, log.user_unblocked_6
) returns void
language sql as '';
