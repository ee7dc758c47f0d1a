-- Blocks: who wants nothing from whom. It projects messages and their edits, too, and keeps nothing of
-- them: so it can refuse one, in the sender's transaction and through whichever release he sends it.
create table blocks_6 (
  user_id uuid not null constraint blocks_6__user_unknown references user_ids_0,
  blocked_id uuid not null constraint blocks_6__not_found references user_ids_0,
  blocked_at timestamptz not null,
  position bigint not null,
  constraint blocks_6_pkey primary key (user_id, blocked_id)
);
comment on table blocks_6 is 'Whom user_id has blocked, and since when.';
create index blocks_6_by_user on blocks_6 (user_id, position);

-- Who is blocked stays blocked since the first time.
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

-- Many at once: in a run of messages nobody is blocked or unblocked.
create function blocks_6_on(events log.message_sent_3[]) returns void
language plpgsql
as $$
begin
  if exists (
      select from unnest(events) message
      join blocks_6 b on b.user_id = message.dst_id and b.blocked_id = message.src_id) then
    raise check_violation using
      schema = 'read', table = 'blocks_6', constraint = 'blocks_6__blocked',
      message = 'the recipient wants no message from the sender';
  end if;
end
$$;

-- What was sent before may not become something else; taking it back is no word to anybody.
create function blocks_6_on(events log.message_edited_5[]) returns void
language plpgsql
as $$
begin
  if exists (
      select from unnest(events) edit
      join blocks_6 b on b.user_id = edit.dst_id and b.blocked_id = edit.src_id) then
    raise check_violation using
      schema = 'read', table = 'blocks_6', constraint = 'blocks_6__blocked',
      message = 'the recipient wants nothing from the sender, so he cannot edit what he sent';
  end if;
end
$$;

create function blocks_6_ignores(
  log.user_registered_0, log.user_registered_1, log.password_changed_2, log.password_rehashed_4,
  log.session_started_0, log.session_ended_0, log.conversation_read_4,
  log.message_deleted_5
) returns void
language sql as '';
