-- users_0 as `epistle demote users_0` makes it: what servers of release 0 read, had from users_2.
create view users_0 as
select id, email, password_hash, registered_at, position
from users_2;
