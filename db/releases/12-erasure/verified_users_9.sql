-- verified_users_9 counts ids, which stay: an erasure does not change how many users were verified.
create function verified_users_9_ignores(log.user_forgotten_12) returns void
language sql as '';
