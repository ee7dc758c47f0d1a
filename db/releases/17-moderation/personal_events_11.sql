-- Exports contain suspensions, and the reports that a user made; not those that others made of the user's messages.
create function personal_events_11_on(events log.user_suspended_17[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.user_reinstated_17[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.message_reported_17[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;

create function personal_events_11_on(events log.report_settled_17[]) returns void
language plpgsql
as $$
begin
  insert into personal_events_11 (user_id, position) select user_id, position from unnest(events);
end
$$;
