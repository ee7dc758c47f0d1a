-- messages_3, selected from messages_10 from now on, so that it needs no messages_5.
create view messages_3 as
select id, src_id, dst_id, content, sent_at, position
from messages_10
where deleted_at is null;
