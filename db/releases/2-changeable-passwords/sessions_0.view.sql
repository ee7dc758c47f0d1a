-- sessions_0 as `epistle demote sessions_0` makes it: a view of sessions_2, for servers of releases 0
-- and 1.
create view sessions_0 as
select id, user_id, token_hash, started_at, expires_at, position
from sessions_2;
