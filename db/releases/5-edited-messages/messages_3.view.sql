-- messages_3 as `epistle demote messages_3` makes it: a view of messages_5, for servers of releases 3
-- and 4.
create view messages_3 as
select id, src_id, dst_id, content, sent_at, position
from messages_5
where deleted_at is null;
