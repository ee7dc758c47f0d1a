-- Blocks: which users a user accepts no messages from. The table also projects messages and their edits,
-- and stores nothing of them: so it can refuse one in the sender's transaction, from any release.
create table blocks_6 (
  user_id uuid not null constraint blocks_6__user_unknown references user_ids_0,
  blocked_id uuid not null constraint blocks_6__not_found references user_ids_0,
  blocked_at timestamptz not null,
  position bigint not null,
  constraint blocks_6_pkey primary key (user_id, blocked_id)
);
comment on table blocks_6 is 'The users that user_id has blocked, and since when.';
create index blocks_6_by_user on blocks_6 (user_id, position);

-- A user who is blocked again stays blocked since the first time.
create function blocks_6_on(event log.user_blocked_6) returns void
language plpgsql
as $$
begin
  insert into blocks_6 (user_id, blocked_id, blocked_at, position)
  values (event.user_id, event.blocked_id, event.recorded_at, event.position)
  on conflict (user_id, blocked_id) do nothing;
end
$$;

create function blocks_6_on(event log.user_unblocked_6) returns void
language plpgsql
as $$
begin
  delete from blocks_6 where user_id = event.user_id and blocked_id = event.blocked_id;
end
$$;

-- Takes an array: within a run of messages no user is blocked or unblocked. Blocks are looked up one by one,
-- with a plan that is kept: a join was planned at each call, which took a tenth of the append of one message.
create function blocks_6_on(events log.message_sent_3[]) returns void
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
begin
  if exists (
      select from unnest(events) message
      where (select blocked_at from blocks_6 b
        where b.user_id = message.dst_id and b.blocked_id = message.src_id) is not null) then
    perform log.refuse('blocks_6__blocked',
      'the recipient has blocked the sender, so the message cannot be sent', 'check_violation');
  end if;
end
$$;

-- A blocked sender cannot edit earlier messages. Deleting them stays possible, as it shows the
-- recipient no new content.
create function blocks_6_on(events log.message_edited_5[]) returns void
language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off
as $$
begin
  if exists (
      select from unnest(events) edit
      where (select blocked_at from blocks_6 b
        where b.user_id = edit.dst_id and b.blocked_id = edit.src_id) is not null) then
    perform log.refuse('blocks_6__blocked',
      'the recipient has blocked the sender, so the message cannot be edited', 'check_violation');
  end if;
end
$$;

create function blocks_6_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.password_rehashed_4,
  log.session_started_0, log.session_ended_0, log.conversation_read_4,
  log.message_deleted_5
) returns void
language sql as '';
