-- The sender gave a message another content.
create table log.message_edited_5 (
  id uuid not null,
  message_id uuid not null,
  content text not null,
  recorded_at timestamptz not null,
  position bigint constraint message_edited_5_pkey primary key
);
comment on table log.message_edited_5 is 'The sender of the message message_id gave it another content.';

call log.event_table('message_edited_5', aggregate => 'message', stream => 'message_id');

-- Harmless to older code, which decides nothing on a message but that it was sent.
create function log.message_stream_3_ignores(log.message_edited_5) returns void
language sql as '';
