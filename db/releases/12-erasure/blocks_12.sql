-- Blocks: which users a user accepts no messages from. A departed user accepts none from any user, and sends none:
-- a row with the user's id in both columns says so, which no event of a block can have. Both are in one table so
-- that a message is checked by one statement. The table also projects messages and their edits, and stores nothing
-- of them: so it can refuse one in the sender's transaction, from any release.
create table blocks_12 (
  user_id uuid not null constraint blocks_12__user_unknown references user_ids_0,
  blocked_id uuid not null constraint blocks_12__not_found references user_ids_0,
  blocked_at timestamptz not null,
  position bigint not null,
  constraint blocks_12_pkey primary key (user_id, blocked_id)
);
comment on table blocks_12 is
  'The users that user_id has blocked, and since when; a departed user has a row with both ids.';
-- For pages alone: they repeat the condition, which is always true. The look-up of one block does not, so PostgreSQL cannot use
-- this index for it and read all blocks of a user. Positions begin at 1.
create index blocks_12_by_user on blocks_12 (user_id, position) where position > 0;

-- A user who is blocked again stays blocked since the first time.
create function blocks_12_on(event log.user_blocked_6) returns void
language plpgsql
as $$
begin
  insert into blocks_12 (user_id, blocked_id, blocked_at, position)
  values (event.user_id, event.blocked_id, event.recorded_at, event.position)
  on conflict (user_id, blocked_id) do nothing;
end
$$;

create function blocks_12_on(event log.user_unblocked_6) returns void
language plpgsql
as $$
begin
  delete from blocks_12
  where user_id = event.user_id and blocked_id = event.blocked_id and user_id <> blocked_id;
end
$$;

create function blocks_12_on(event log.user_forgotten_12) returns void
language plpgsql
as $$
begin
  insert into blocks_12 (user_id, blocked_id, blocked_at, position)
  values (event.user_id, event.user_id, event.recorded_at, event.position)
  on conflict (user_id, blocked_id) do nothing;
end
$$;

-- Takes an array: within a run of messages no user is blocked, unblocked or erased. Rows are looked up one by one,
-- with a plan that is kept: a join was planned at each call, which took a tenth of the append of one message.
create function blocks_12_on(events log.message_sent_3[]) returns void
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
begin
  if exists (
      select from unnest(events) message
      where (select blocked_at from blocks_12 b
          where b.user_id = message.dst_id and b.blocked_id = message.src_id) is not null
        or (select blocked_at from blocks_12 b
          where b.user_id = message.dst_id and b.blocked_id = message.dst_id) is not null
        or (select blocked_at from blocks_12 b
          where b.user_id = message.src_id and b.blocked_id = message.src_id) is not null) then
    perform case
      when exists (select from blocks_12 b where b.user_id = dst_id and b.blocked_id = dst_id) then
        log.refuse('blocks_12__recipient_unknown', format('the recipient %s is a departed user', dst_id))
      when exists (select from blocks_12 b where b.user_id = src_id and b.blocked_id = src_id) then
        log.refuse('blocks_12__sender_unknown', format('the sender %s is a departed user', src_id))
      when exists (select from blocks_12 b where b.user_id = dst_id and b.blocked_id = src_id) then
        log.refuse('blocks_12__blocked',
          'the recipient has blocked the sender, so the message cannot be sent', 'check_violation')
      end
    from unnest(events);
  end if;
end
$$;

-- A blocked sender cannot edit earlier messages. Deleting them stays possible, as it shows the
-- recipient no new content.
create function blocks_12_on(events log.message_edited_5[]) returns void
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
begin
  if exists (
      select from unnest(events) edit
      where edit.dst_id <> edit.src_id and (select blocked_at from blocks_12 b
        where b.user_id = edit.dst_id and b.blocked_id = edit.src_id) is not null) then
    perform log.refuse('blocks_12__blocked',
      'the recipient has blocked the sender, so the message cannot be edited', 'check_violation');
  end if;
end
$$;

create function blocks_12_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.password_rehashed_4,
  log.session_started_0, log.session_ended_0, log.conversation_read_4, log.message_deleted_5,
  log.mail_token_issued_8, log.email_verified_8, log.username_changed_9, log.registration_repeated_9,
  log.session_started_10, log.session_labelled_10
) returns void
language sql as '';
