-- Exports contain the changes of an address, too, and the mails about them.
create function personal_events_11_on(events log.email_changed_13[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.email_change_requested_13[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.email_reversal_offered_13[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;
