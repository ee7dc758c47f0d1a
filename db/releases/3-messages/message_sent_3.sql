-- A user sent a message to another user, or to their own account.
create table log.message_sent_3 (
  id uuid not null,
  src_id uuid not null,
  dst_id uuid not null,
  content text not null,
  recorded_at timestamptz not null,
  position bigint constraint message_sent_3_pkey primary key
);
comment on table log.message_sent_3 is 'The user src_id sent the user dst_id a message.';

call log.event_table('message_sent_3', aggregate => 'message', stream => 'id');
