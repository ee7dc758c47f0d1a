-- sessions_0 as `epistle demote sessions_0` makes it: what servers of releases 0 and 1 read, had from
-- sessions_2.
create view sessions_0 as
select id, user_id, token_hash, started_at, expires_at, position
from sessions_2;
