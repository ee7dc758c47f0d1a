-- blocks_6, selected from blocks_17 from now on, so that it needs no blocks_12.
create view blocks_6 as
select user_id, blocked_id, blocked_at, position
from blocks_17
where user_id <> blocked_id and position > 0;
