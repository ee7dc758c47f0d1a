-- Where in the log the events about each person's account are: exports find them there. Events of messages, receipts and
-- blocks are found in tables that exist for lists. A column in an index of an event table would do the same, but an
-- index on an event table could only be created while no event is appended.
create table personal_events_11 (
  user_id uuid not null,
  position bigint not null,
  constraint personal_events_11_pkey primary key (user_id, position)
);
comment on table personal_events_11 is
  'The positions of all events about the account of user_id: registration, passwords, names, sessions and mails.';

-- These take arrays: they only insert, so a run of events is one statement. A type of any release has its own one,
-- because a cast would cost more than the insert.
create function personal_events_11_on(events log.user_registered_0[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.user_registered_1[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.password_changed_2[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.password_rehashed_4[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.mail_token_issued_8[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.email_verified_8[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.username_changed_9[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.registration_repeated_9[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.session_started_0[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.session_started_10[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.session_labelled_10[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.session_ended_0[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_ignores(
  log.message_sent_3, log.conversation_read_4, log.message_edited_5, log.message_deleted_5,
  log.user_blocked_6, log.user_unblocked_6
) returns void
language sql as '';
