-- message_statistics_7 has counts alone: an erasure does not change what happened.
create function message_statistics_7_ignores(log.user_forgotten_12) returns void
language sql as '';
