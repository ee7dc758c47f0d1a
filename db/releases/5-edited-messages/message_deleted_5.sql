-- The sender deleted a message, for both users. Its content stays in the log.
create table log.message_deleted_5 (
  id uuid not null,
  message_id uuid not null,
  src_id uuid not null,
  dst_id uuid not null,
  recorded_at timestamptz not null,
  position bigint constraint message_deleted_5_pkey primary key
);
comment on table log.message_deleted_5 is 'The sender of the message message_id deleted it, for both users.';

call log.event_table('message_deleted_5', aggregate => 'message', stream => 'message_id');

-- For live updates, which send both users the events that they missed.
create index message_deleted_5_by_sender on log.message_deleted_5 (src_id, position);
create index message_deleted_5_by_recipient on log.message_deleted_5 (dst_id, position);

-- Older code may ignore it: of a message it only decides on the sending.
create function log.message_stream_3_ignores(log.message_deleted_5) returns void
language sql as '';
