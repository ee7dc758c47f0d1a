-- conversations_4 has ids and positions alone, which stay: the other user keeps the conversation.
create function conversations_4_ignores(log.user_forgotten_12) returns void
language sql as '';
