-- The sender took a message back, for both of the two. What was in it stays in the log.
create table log.message_deleted_5 (
  id uuid not null,
  message_id uuid not null,
  src_id uuid not null,
  dst_id uuid not null,
  recorded_at timestamptz not null,
  position bigint constraint message_deleted_5_pkey primary key
);
comment on table log.message_deleted_5 is 'The sender of the message message_id took it back, for both.';

call log.event_table('message_deleted_5', aggregate => 'message', stream => 'message_id');

-- For the live stream, which tells both of the two what they missed.
create index message_deleted_5_by_sender on log.message_deleted_5 (src_id, position);
create index message_deleted_5_by_recipient on log.message_deleted_5 (dst_id, position);

-- Harmless to older code, which decides nothing on a message but that it was sent.
create function log.message_stream_3_ignores(log.message_deleted_5) returns void
language sql as '';
