-- Release 13 adds to the history of an account: its address was changed, or set back. No address and no token.
create function user_history_7_on(events log.email_changed_13[]) returns void
language plpgsql
as $$
begin
  insert into user_history_7 (user_id, position, what, session_id, happened_at)
  select user_id, position,
    case when reverts is null then 'email_changed' else 'email_change_reverted' end, null, recorded_at
  from unnest(events);
end
$$;
