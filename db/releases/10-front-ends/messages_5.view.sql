-- messages_5 after `epistle demote messages_5`: what servers of releases 5 to 9 read, selected from messages_10.
create view messages_5 as
select id, src_id, dst_id, content, sent_at, edited_at, deleted_at, position
from messages_10;
