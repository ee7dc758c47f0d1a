-- message_senders_7 counts ids, which stay: an erasure does not change how many users sent a message.
create function message_senders_7_ignores(log.user_forgotten_12) returns void
language sql as '';
