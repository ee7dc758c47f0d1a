-- Blocks: which users a user accepts no messages from. A row with the user's id in both columns, which no event of a
-- block can have, is about that user alone. A departed user accepts no messages and sends none. A suspended user sends
-- none; others can write to them, so that no user learns of it. All of it is in one table so that a message is checked
-- by one statement. The table also projects messages and their edits, and stores nothing of them: so it can refuse one
-- in the sender's transaction, from any release.
create table blocks_17 (
  user_id uuid not null constraint blocks_17__user_unknown references user_ids_0,
  blocked_id uuid not null constraint blocks_17__not_found references user_ids_0,
  blocked_at timestamptz not null,
  departed boolean not null,
  suspended boolean not null,
  position bigint not null,
  constraint blocks_17_pkey primary key (user_id, blocked_id)
);
comment on table blocks_17 is
  'The users that user_id has blocked, and since when; a departed or suspended user has a row with both ids.';
-- For pages alone: they repeat the condition, which is always true. The look-up of one block does not, so PostgreSQL cannot use
-- this index for it and read all blocks of a user. Positions begin at 1.
create index blocks_17_by_user on blocks_17 (user_id, position) where position > 0;

-- A user who is blocked again stays blocked since the first time.
create function blocks_17_on(event log.user_blocked_6) returns void
language plpgsql
as $$
begin
  insert into blocks_17 (user_id, blocked_id, blocked_at, departed, suspended, position)
  values (event.user_id, event.blocked_id, event.recorded_at, false, false, event.position)
  on conflict (user_id, blocked_id) do nothing;
end
$$;

create function blocks_17_on(event log.user_unblocked_6) returns void
language plpgsql
as $$
begin
  delete from blocks_17
  where user_id = event.user_id and blocked_id = event.blocked_id and user_id <> blocked_id;
end
$$;

-- The time and the position of a departed user are those of the first departure, as in blocks_12.
create function blocks_17_on(event log.user_left_15) returns void
language plpgsql
as $$
begin
  insert into blocks_17 (user_id, blocked_id, blocked_at, departed, suspended, position)
  values (event.user_id, event.user_id, event.recorded_at, true, false, event.position)
  on conflict (user_id, blocked_id) do update set
    departed = true, blocked_at = excluded.blocked_at, position = excluded.position
  where not blocks_17.departed;
end
$$;

-- A user who was suspended stays so.
create function blocks_17_on(event log.user_restored_15) returns void
language plpgsql
as $$
begin
  delete from blocks_17 where user_id = event.user_id and blocked_id = event.user_id and not suspended;
  update blocks_17 set departed = false, blocked_at = event.recorded_at, position = event.position
  where user_id = event.user_id and blocked_id = event.user_id;
end
$$;

create function blocks_17_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  insert into blocks_17 (user_id, blocked_id, blocked_at, departed, suspended, position)
  values (event.user_id, event.user_id, event.recorded_at, true, false, event.position)
  on conflict (user_id, blocked_id) do update set
    departed = true, suspended = false,
    blocked_at = case when blocks_17.departed then blocks_17.blocked_at else excluded.blocked_at end,
    position = case when blocks_17.departed then blocks_17.position else excluded.position end;
end
$$;

create function blocks_17_on(event log.user_suspended_17) returns void
language plpgsql
as $$
begin
  insert into blocks_17 (user_id, blocked_id, blocked_at, departed, suspended, position)
  values (event.user_id, event.user_id, event.recorded_at, false, true, event.position)
  on conflict (user_id, blocked_id) do update set suspended = true;
end
$$;

create function blocks_17_on(event log.user_reinstated_17) returns void
language plpgsql
as $$
begin
  delete from blocks_17 where user_id = event.user_id and blocked_id = event.user_id and not departed;
  update blocks_17 set suspended = false where user_id = event.user_id and blocked_id = event.user_id;
end
$$;

-- Takes an array: within a run of messages no user is blocked, suspended or erased. Rows are looked up one by one, with
-- a plan that is kept, as in blocks_12. The look-ups are those of blocks_12: a suspension costs a message nothing.
create function blocks_17_on(events log.message_sent_3[]) returns void
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
begin
  if exists (
      select from unnest(events) message
      where (select blocked_at from blocks_17 b
          where b.user_id = message.dst_id and b.blocked_id = message.src_id) is not null
        or (select departed from blocks_17 b
          where b.user_id = message.dst_id and b.blocked_id = message.dst_id)
        or (select blocked_at from blocks_17 b
          where b.user_id = message.src_id and b.blocked_id = message.src_id) is not null) then
    perform case
      when exists (select from blocks_17 b where b.user_id = dst_id and b.blocked_id = dst_id and departed) then
        log.refuse('blocks_17__recipient_unknown', format('the recipient %s is a departed user', dst_id))
      when exists (select from blocks_17 b where b.user_id = src_id and b.blocked_id = src_id and departed) then
        log.refuse('blocks_17__sender_unknown', format('the sender %s is a departed user', src_id))
      when exists (select from blocks_17 b where b.user_id = src_id and b.blocked_id = src_id) then
        log.refuse('blocks_17__suspended', 'the sender is suspended, so the message cannot be sent',
          'check_violation')
      when exists (select from blocks_17 b where b.user_id = dst_id and b.blocked_id = src_id) then
        log.refuse('blocks_17__blocked',
          'the recipient has blocked the sender, so the message cannot be sent', 'check_violation')
      end
    from unnest(events);
  end if;
end
$$;

-- One message that is appended alone, without unnest. Each row is looked up by its whole key: for two keys in one scan,
-- PostgreSQL 15 reads all rows of a user if it planned that for an empty table. The array form refuses what this one
-- finds. The append has enable_seqscan off, so the scans need no setting of their own.
create function blocks_17_on(event log.message_sent_3) returns void
language plpgsql
as $$
begin
  if (select blocked_at from blocks_17 b where b.user_id = event.dst_id and b.blocked_id = event.src_id) is not null
    or (select departed from blocks_17 b where b.user_id = event.dst_id and b.blocked_id = event.dst_id)
    or (select blocked_at from blocks_17 b
      where b.user_id = event.src_id and b.blocked_id = event.src_id) is not null then
    perform blocks_17_on(array[event]);
  end if;
end
$$;

-- A blocked or suspended sender cannot edit earlier messages. Deleting them stays possible, as it shows the
-- recipient no new content.
create function blocks_17_on(events log.message_edited_5[]) returns void
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
begin
  if exists (
      select from unnest(events) edit
      where (select suspended from blocks_17 b
        where b.user_id = edit.src_id and b.blocked_id = edit.src_id)) then
    perform log.refuse('blocks_17__suspended',
      'the sender is suspended, so the message cannot be edited', 'check_violation');
  end if;
  if exists (
      select from unnest(events) edit
      where edit.dst_id <> edit.src_id and (select blocked_at from blocks_17 b
        where b.user_id = edit.dst_id and b.blocked_id = edit.src_id) is not null) then
    perform log.refuse('blocks_17__blocked',
      'the recipient has blocked the sender, so the message cannot be edited', 'check_violation');
  end if;
end
$$;

create function blocks_17_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.password_rehashed_4,
  log.session_started_0, log.session_ended_0, log.conversation_read_4, log.message_deleted_5,
  log.mail_token_issued_8, log.email_verified_8, log.username_changed_9, log.registration_repeated_9,
  log.session_started_10, log.session_labelled_10, log.email_change_requested_13, log.email_changed_13,
  log.email_reversal_offered_13, log.username_changed_14,
  log.restoration_offered_15, log.message_reported_17, log.report_settled_17
) returns void
language sql as '';
