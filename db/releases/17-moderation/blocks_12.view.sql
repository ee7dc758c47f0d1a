-- blocks_12 after `epistle demote blocks_12`: what servers of releases 12 to 16 read, selected from blocks_17.
create view blocks_12 as
select user_id, blocked_id, blocked_at, position
from blocks_17
where (user_id <> blocked_id or departed) and position > 0;
