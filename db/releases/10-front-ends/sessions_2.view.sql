-- sessions_2 as `epistle demote sessions_2` makes it: a view of sessions_10, for servers of releases 2 to 9. They
-- see the first period of each session alone, as in the table.
create view sessions_2 as
select id, user_id, token_hash, started_at, expires_at, position
from sessions_10;
