-- blocks_6 has ids alone, which stay. Servers of releases 6 to 11 send no message to a departed user either:
-- blocks_12 refuses it.
create function blocks_6_ignores(log.user_forgotten_12) returns void
language sql as '';
