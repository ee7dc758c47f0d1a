-- A user who left accepts no messages and sends none, as one whose data were erased: the same row says both, so a
-- message costs no further look-up. Servers of every release refuse it.
create function blocks_12_on(event log.user_left_15) returns void
language plpgsql
as $$
begin
  insert into blocks_12 (user_id, blocked_id, blocked_at, position)
  values (event.user_id, event.user_id, event.recorded_at, event.position)
  on conflict (user_id, blocked_id) do nothing;
end
$$;

create function blocks_12_on(event log.user_restored_15) returns void
language plpgsql
as $$
begin
  delete from blocks_12 where user_id = event.user_id and blocked_id = event.user_id;
end
$$;
