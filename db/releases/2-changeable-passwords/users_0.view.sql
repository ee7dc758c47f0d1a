-- users_0 as `epistle demote users_0` makes it: a view of users_2, for servers of release 0.
create view users_0 as
select id, email, password_hash, registered_at, position
from users_2;
