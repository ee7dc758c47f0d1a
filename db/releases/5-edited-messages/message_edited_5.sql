-- The sender replaced the content of a message. The event repeats sender and recipient, so that it shows by
-- itself which users it concerns.
create table log.message_edited_5 (
  id uuid not null,
  message_id uuid not null,
  src_id uuid not null,
  dst_id uuid not null,
  content text not null,
  recorded_at timestamptz not null,
  position bigint constraint message_edited_5_pkey primary key
);
comment on table log.message_edited_5 is 'The sender of the message message_id replaced its content.';

call log.event_table('message_edited_5', aggregate => 'message', stream => 'message_id');

-- For live updates, which send both users the events that they missed.
create index message_edited_5_by_sender on log.message_edited_5 (src_id, position);
create index message_edited_5_by_recipient on log.message_edited_5 (dst_id, position);

-- Older code may ignore it: of a message it only decides on the sending.
create function log.message_stream_3_ignores(log.message_edited_5) returns void
language sql as '';
