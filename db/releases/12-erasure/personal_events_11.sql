-- personal_events_11 has ids and positions alone, which stay, and the events there are blanked.
create function personal_events_11_ignores(log.user_forgotten_12) returns void
language sql as '';
