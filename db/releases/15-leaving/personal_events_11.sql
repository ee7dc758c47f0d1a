-- Exports contain deletions of the account, the mails about them, and restorations, too.
create function personal_events_11_on(events log.user_left_15[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.user_restored_15[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.restoration_offered_15[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;
