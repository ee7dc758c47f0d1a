-- blocks_6 after `epistle demote blocks_6`: what servers of releases 6 to 11 read, selected from blocks_12.
create view blocks_6 as
select user_id, blocked_id, blocked_at, position
from blocks_12
where user_id <> blocked_id and position > 0;
