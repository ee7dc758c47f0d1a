-- sessions_0, selected from sessions_10 from now on, so that it needs no sessions_2.
create view sessions_0 as
select id, user_id, token_hash, started_at, expires_at, position
from sessions_10;
