-- users_1 as `epistle demote users_1` makes it: a view of users_2, for servers of release 1.
create view users_1 as
select id, email, password_hash, username, registered_at, position
from users_2;
