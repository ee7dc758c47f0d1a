-- users_1 as `epistle demote users_1` makes it: what servers of release 1 read, had from users_2.
create view users_1 as
select id, email, password_hash, username, registered_at, position
from users_2;
