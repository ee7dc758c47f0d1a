-- Ids stay: what others received from a departed user still has a sender.
create function user_ids_0_ignores(log.user_forgotten_12) returns void
language sql as '';
